"""The supervisor: watches all processes, serves `leadlight ps`, and stops all in order within ten seconds."""

import contextlib
import ctypes
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tracker.base.errors import LeadlightError
from tracker.supervise import leftovers
from tracker.supervise.child import Child
from tracker.supervise.control import ControlSocket
from tracker.supervise.holds import Holds
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
    """Ctrl-C or SIGTERM arrived during a wait."""


class Supervisor:
    """Runs and restarts processes. Use as `with Supervisor(…) as s:`; leaving the block stops everything in order."""

    def __init__(
        self,
        *,
        sockets: Path,
        pid_file: Path,
        logs: Path,
        folder: Path,
        say: Callable[[str], None],
        is_stop_requested: Callable[[], bool],
        changed: Callable[[], Mapping[str, str]] = dict,
        released: Callable[[], bool] = lambda: True,
    ) -> None:
        """`is_stop_requested` reports stop requests that do not arrive as a signal; `changed` what differs in the environment by now.

        `released` is called before processes go on that a command held which has died; it returns whether their settings changed.
        """
        self._control = ControlSocket(sockets / "control.sock", self._handle)
        self._pid_file = pid_file
        self._logs = logs
        self._folder = folder
        self._say = say
        self._was_asked, self._changed, self._released = is_stop_requested, changed, released
        self._holds = Holds()
        self._children: dict[str, Child] = {}
        self._stop_requests = 0
        self._entries: list[leftovers.ProcessEntry] = []
        self._logs_due = self._note_due = 0.0

    def __enter__(self) -> Self:
        # Orphans of a gunicorn become children of this process, which stops and reaps them.
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
            signal.signal(signal.SIGHUP, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop_all()
        self._control.close()

    def start(self, program: Program, environ: Mapping[str, str]) -> None:
        """Starts a process and supervises it."""
        log = LogFile(self._logs / f"{program.name}.log")
        child = Child(program, environ=environ, folder=self._folder, log=log, changed=self._changed)
        self._children[program.name] = child
        child.start()

    def tick(self, seconds: float = _TICK_SECONDS) -> None:
        """One round: serves a request, restarts failed processes, reports their errors. Raises Stopped after a stop request."""
        if self._stop_requests or self._was_asked():
            raise Stopped
        self._control.wait(seconds)
        self._poll_children()
        if left := self._holds.left_behind(time.monotonic()):
            self._go_on(left)
        if time.monotonic() >= self._logs_due:
            self._logs_due = time.monotonic() + _LOG_SECONDS
            self._read_logs()

    def wait_until(self, is_done: Callable[[], bool], *, seconds: float, what: str, needs: str) -> None:
        """Ticks until the condition holds. After a timeout, raises LeadlightError with the last log line of process `needs`."""
        until = time.monotonic() + seconds
        while not is_done():
            if time.monotonic() > until:
                log = self._children[needs].log
                raise LeadlightError(f"{what} did not become ready within {seconds:.0f} s. Its log, {log.path}, ends: {log.last_line()}")
            self.tick()

    def run(self, on_round: Callable[[], None] | None = None) -> None:
        """Ticks until a stop request; calls `on_round` after each round."""
        with contextlib.suppress(Stopped):
            while True:
                self.tick()
                if on_round:
                    on_round()

    def stop_all(self) -> None:
        """Stops everything stage by stage. A second Ctrl-C kills the rest."""
        end = time.monotonic() + _ALL_SECONDS
        before = self._stop_requests
        for stage in sorted({child.program.stage for child in self._children.values()}):
            members = [child for child in self._children.values() if child.program.stage == stage]
            latest = end if stage == SERVERS else end - _SERVER_SHARE
            seconds = max(0.2, min(_STAGE_SECONDS[stage], latest - time.monotonic()))
            for child in members:
                child.stop(seconds)
            while any(child.state != "paused" for child in members):
                if self._stop_requests > before + (1 if before == 0 else 0):
                    for child in members:
                        child.kill()
                self._control.wait(0.02)
                self._poll_children()

    def _poll_children(self) -> None:
        for child in self._children.values():
            if message := child.poll():
                self._say(message)
        entries: list[leftovers.ProcessEntry] = [
            {"name": child.program.name, "pid": child.pid, "started": start_ticks(child.pid), "stage": child.program.stage}
            for child in self._children.values()
            if child.pid
        ]
        if entries != self._entries and time.monotonic() >= self._note_due:
            try:
                leftovers.write_pid_file(self._pid_file, entries)
            except OSError as error:  # a full disk must not stop the edge
                self._note_due = time.monotonic() + _NOTE_SECONDS
                self._say(f"{self._pid_file} cannot be written ({error.strerror}); retrying")
            else:
                self._entries = entries

    def _read_logs(self) -> None:
        for child in self._children.values():
            for text in child.log.errors():
                self._say(f"{child.program.name}: {text}")
            child.log.rotate()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stop_requests += 1

    def _handle(self, request: dict[str, str]) -> dict[str, Any]:
        match request:
            case {"do": "ps"}:
                return {"processes": self._rows()}
            case {"do": "release", "holder": holder}:
                self._holds.release(holder)
                return {}
            case {"do": "pause" | "resume" | "hold" as action, "name": name}:
                child = self._children.get(name)
                if child is None:
                    raise LeadlightError(f"there is no process {name}; there are {', '.join(self._children)}")
                if self._stop_requests:
                    raise LeadlightError("Leadlight is stopping")
                if "holder" in request:
                    self._holds.add(name, request["holder"])
                if action == "pause":
                    child.stop(_STAGE_SECONDS[child.program.stage])
                elif action == "resume":
                    child.resume()
                return {"state": child.state}
            case {"do": "reload"}:
                return self._reload()
        raise LeadlightError("unknown request")

    def _go_on(self, names: Iterable[str]) -> None:
        """Lets processes go on whose holder has died; reloads those that it had not stopped if their settings have changed.

        What the holder left is put in order first, or again and again until that works; the processes do not wait for it.
        """
        has_changed = False
        try:
            has_changed = self._released()
            self._holds.settle(names)
        except Exception as error:  # noqa: BLE001 - whatever it is, the processes must go on
            self._say(f"a command was killed, and what it left cannot be put in order yet ({type(error).__name__})")
        self._say("a command that held processes was killed; they go on")
        for child in (self._children[name] for name in names):
            if has_changed and child.state == "running" and child.is_gunicorn:
                child.reload()
            child.resume()

    def _reload(self) -> dict[str, Any]:
        """Reloads gunicorn processes one worker at a time without losing requests; restarts all others."""
        done: dict[str, list[str]] = {"reloaded": [], "restarted": []}
        if self._stop_requests:
            raise LeadlightError("Leadlight is stopping")
        for name, child in self._children.items():
            if child.state != "running" or child.program.stage == SERVERS:
                continue
            if child.is_gunicorn:
                child.reload()
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
