"""The loop: looks at each process, answers `leadlight ps`, and stops all in order within ten seconds."""

import contextlib
import ctypes
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tracker.base.errors import LeadlightError
from tracker.supervise import leftovers
from tracker.supervise.child import Child
from tracker.supervise.control import ControlSocket
from tracker.supervise.logfile import LogFile
from tracker.supervise.proc import children, listening_ports, start_ticks
from tracker.supervise.procfile import SERVERS, Program

_PR_SET_CHILD_SUBREAPER = 36
_TICK_SECONDS = 0.1
_LOG_SECONDS = 1.0
_NOTE_SECONDS = 10.0
# Eight seconds for everything before the servers and two for them: Ctrl-C ends within ten.
_STAGE_SECONDS = {0: 3.0, 1: 1.5, 2: 2.0, 3: 2.5, 4: 2.5, SERVERS: 4.0}
_ALL_SECONDS = 9.5
_SERVER_SHARE = 2.0


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM while we waited for something."""


class Supervisor:
    """Keeps processes alive. Use as `with Supervisor(…) as s:`; leaving the block stops everything, in order."""

    def __init__(
        self, *, sockets: Path, note: Path, logs: Path, folder: Path, say: Callable[[str], None], was_asked: Callable[[], bool]
    ) -> None:
        """`was_asked`: whether somebody wants us to stop who cannot send us a signal."""
        self._control = ControlSocket(sockets / "control.sock", self._answer)
        self._note = note
        self._logs = logs
        self._folder = folder
        self._say = say
        self._was_asked = was_asked
        self._children: dict[str, Child] = {}
        self._stop_asked = 0
        self._noted: list[leftovers.Noted] = []
        self._logs_due = self._note_due = 0.0

    def __enter__(self) -> Self:
        # What a dying gunicorn leaves behind becomes our child, so that we can see it off and nobody keeps a zombie.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means to go on
            signal.signal(signal.SIGHUP, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop_all()
        self._control.close()

    def start(self, program: Program, environ: Mapping[str, str]) -> None:
        """Starts a process and keeps it alive from now on."""
        log = LogFile(self._logs / f"{program.name}.log")
        child = Child(program, environ=environ, folder=self._folder, log=log)
        self._children[program.name] = child
        child.start()

    def tick(self, seconds: float = _TICK_SECONDS) -> None:
        """One round: answers a question, restarts what died, passes errors on. Raises Stopped if that was asked."""
        if self._stop_asked or self._was_asked():
            raise Stopped
        self._control.wait(seconds)
        self._look()
        if time.monotonic() >= self._logs_due:
            self._logs_due = time.monotonic() + _LOG_SECONDS
            self._read_logs()

    def wait_until(self, is_done: Callable[[], bool], *, seconds: float, what: str, needs: str) -> None:
        """Ticks until the condition holds. Raises LeadlightError if it does not in time, with the last word of process `needs`."""
        until = time.monotonic() + seconds
        while not is_done():
            if time.monotonic() > until:
                log = self._children[needs].log
                raise LeadlightError(f"{what} did not become ready within {seconds:.0f} s. Its log, {log.path}, ends: {log.last_line()}")
            self.tick()

    def run(self, on_round: Callable[[], None] | None = None) -> None:
        """Ticks until somebody asks to stop; `on_round` is called after each round."""
        with contextlib.suppress(Stopped):
            while True:
                self.tick()
                if on_round:
                    on_round()

    def stop_all(self) -> None:
        """Ends everything, stage by stage. A second Ctrl-C ends it at once."""
        end = time.monotonic() + _ALL_SECONDS
        asked = self._stop_asked
        for stage in sorted({child.program.stage for child in self._children.values()}):
            members = [child for child in self._children.values() if child.program.stage == stage]
            latest = end if stage == SERVERS else end - _SERVER_SHARE
            seconds = max(0.2, min(_STAGE_SECONDS[stage], latest - time.monotonic()))
            for child in members:
                child.stop(seconds)
            while any(child.state != "paused" for child in members):
                if self._stop_asked > asked + (1 if asked == 0 else 0):
                    for child in members:
                        child.kill()
                self._control.wait(0.02)
                self._look()

    def _look(self) -> None:
        for child in self._children.values():
            if told := child.look():
                self._say(told)
        noted: list[leftovers.Noted] = [
            {"name": child.program.name, "pid": child.pid, "started": start_ticks(child.pid), "stage": child.program.stage}
            for child in self._children.values()
            if child.pid
        ]
        if noted != self._noted and time.monotonic() >= self._note_due:
            try:
                leftovers.write_note(self._note, noted)
            except OSError as error:  # a full disk: leads must have their answers all the same
                self._note_due = time.monotonic() + _NOTE_SECONDS
                self._say(f"{self._note} cannot be written ({error.strerror}); trying again")
            else:
                self._noted = noted

    def _read_logs(self) -> None:
        for child in self._children.values():
            for text in child.log.errors():
                self._say(f"{child.program.name}: {text}")
            child.log.turn_over()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stop_asked += 1

    def _answer(self, question: dict[str, str]) -> dict[str, Any]:
        match question:
            case {"do": "ps"}:
                return {"processes": self._rows()}
            case {"do": "pause" | "resume" as what, "name": name}:
                child = self._children.get(name)
                if child is None:
                    raise LeadlightError(f"there is no process {name}; there are {', '.join(self._children)}")
                if self._stop_asked:
                    raise LeadlightError("Leadlight is stopping")
                if what == "pause":
                    child.stop(_STAGE_SECONDS[child.program.stage])
                else:
                    child.resume()
                return {"state": child.state}
            case {"do": "reload"}:
                return self._reload()
        raise LeadlightError("unknown question")

    def _reload(self) -> dict[str, Any]:
        """Doors change their workers one by one and lose no request; what only works behind them is started anew."""
        done: dict[str, list[str]] = {"reloaded": [], "restarted": []}
        if self._stop_asked:
            raise LeadlightError("Leadlight is stopping")
        for name, child in self._children.items():
            if child.state != "running" or child.program.stage == SERVERS:
                continue
            if child.is_door:
                child.hang_up()
                done["reloaded"].append(name)
            else:
                child.stop(_STAGE_SECONDS[child.program.stage])
                child.resume()
                done["restarted"].append(name)
        return done

    def _rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for child in self._children.values():
            row = {"name": child.program.name, "pid": child.pid, "state": child.state}
            found.append(row | {"since": child.since.isoformat(timespec="seconds"), "restarts": child.restarts})
            for worker in children(child.pid) if child.pid else ():
                found.append(found[-1] | {"name": f"{child.program.name}.worker", "pid": worker, "restarts": 0})
        ports = listening_ports([row["pid"] for row in found if row["pid"]])
        return [row | {"ports": ports.get(row["pid"], [])} for row in found]
