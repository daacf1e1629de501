"""The switch of a running Leadlight to other databases: background processes are paused, the console is renewed worker by worker.

The supervisor knows which process holds the others: if this one is killed, they go on by themselves.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

from pymongo.database import Database
from pymongo.errors import PyMongoError

from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings
from tracker.store.transfer.fence import allow_writes, refuse_writes, refuses_writes
from tracker.supervise.control import ask

_CONSOLE = "console"
_STAYS = {"edge", "mongod", "valkey", _CONSOLE}
_STOP_SECONDS = 25.0
_START_SECONDS = 90.0
_END_SECONDS = 30.0
_BETWEEN_SIGNALS = 0.3
"""gunicorn counts signals; two that come at once are one."""


class Switch:
    """One switch: `pause`, `refuse_writes`, the last changes, then `go_on` in any case."""

    def __init__(self, settings: Settings, source: Database[Any]) -> None:
        self._settings, self._source = settings, source
        self._names: list[str] = []
        self._paused_at = self._refused_at = 0.0

    def pause(self) -> None:
        """Stops the background processes and waits. The edge goes on: its events wait in the spool; the console goes on, too."""
        allow_writes(self._source)  # a move that was killed may have left it
        rows = self._rows()
        self._paused_at = time.monotonic()
        self._names = [row["name"] for row in rows if row["state"] in ("running", "waiting") and _is_background(row["name"])]
        for name in self._names:
            self._ask(do="pause", name=name, holder=str(os.getpid()))
        if any(row["name"] == _CONSOLE for row in rows):
            self._ask(do="hold", name=_CONSOLE, holder=str(os.getpid()))
        if not self._comes(lambda: self._are_paused(self._names), _STOP_SECONDS):
            raise LeadlightError("the processes did not stop in time; see `leadlight ps`")

    def refuse_writes(self) -> None:
        """From now on the old MongoDB only answers reads: the console shows everything, and asks to try again what would change data."""
        self._refused_at = time.monotonic()
        refuse_writes(self._source)

    def prove(self) -> None:
        """Raises LeadlightError if a process runs again or data can be changed, as after a new start of Leadlight in the middle."""
        if not self._are_paused(self._names) or not refuses_writes(self._source):
            raise LeadlightError("Leadlight was started again in the middle of the switch: nothing was moved; run `leadlight move` again")

    def go_on(self) -> dict[str, float]:
        """Lets everything go on, with the new databases if they were written down; returns the seconds of both states.

        Where the old MongoDB does not answer, the holds stay: the supervisor lets it accept writes when this process has ended.
        """
        has_moved, is_in_order = "MONGO_URL" in self._settings.moved, True
        old: list[int] = []
        if has_moved:
            old = self._begin_console()
        else:
            is_in_order = self._allow_writes()
        read_only = time.monotonic() - self._refused_at if self._refused_at else 0.0
        for name in self._names:
            self._ask(do="resume", name=name)
        paused = time.monotonic() - self._paused_at
        self._end_console(old)
        if is_in_order:
            self._ask(do="release", holder=str(os.getpid()))
        return {"read_only_seconds": round(read_only, 1), "paused_seconds": round(paused, 1)}

    def stop_servers(self, names: Iterable[str]) -> None:
        """Stops embedded servers that are no longer needed."""
        for name in names:
            self._ask(do="pause", name=name)

    def _allow_writes(self) -> bool:
        try:
            allow_writes(self._source)
        except PyMongoError:
            return False
        return True

    def _begin_console(self) -> list[int]:
        """Starts as many new workers as there are, and waits until they serve; returns the old ones, which go on until then."""
        old, master = self._workers()
        for _ in old:
            _send(master, signal.SIGTTIN)
        self._comes(lambda: len(self._serving(old)) >= len(old), _START_SECONDS)
        return old

    def _end_console(self, old: list[int]) -> None:
        """Ends the old workers; if they do not end, or no new ones came, reloads the console in the usual way."""
        if not old:
            return
        workers, master = self._workers()
        if len(self._serving(old)) >= len(old) and set(old) & set(workers):
            for _ in old:
                _send(master, signal.SIGTTOU)
        if not self._comes(lambda: not set(old) & set(self._workers()[0]), _END_SECONDS):
            _send(self._workers()[1], signal.SIGHUP)

    def _serving(self, old: list[int]) -> list[int]:
        ready = {path.name for path in self._settings.run_dir.glob(f"{_CONSOLE}.*")}
        return [pid for pid in self._workers()[0] if pid not in old and f"{_CONSOLE}.{pid}" in ready]

    def _workers(self) -> tuple[list[int], int]:
        rows = self._rows()
        master = next((row["pid"] for row in rows if row["name"] == _CONSOLE and row["state"] == "running"), None)
        return ([row["pid"] for row in rows if row["name"] == f"{_CONSOLE}.worker"], master or 0)

    def _are_paused(self, names: list[str]) -> bool:
        states = {row["name"]: row["state"] for row in self._rows()}
        return all(states.get(name) == "paused" for name in names)

    def _comes(self, is_so: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not (found := is_so()) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _rows(self) -> list[dict[str, Any]]:
        return list(self._ask(do="ps")["processes"])

    def _ask(self, **request: str) -> dict[str, Any]:
        return ask(self._settings.run_dir / "control.sock", **request)


def _is_background(name: str) -> bool:
    return "." not in name and name not in _STAYS


def _send(pid: int, number: signal.Signals) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        time.sleep(_BETWEEN_SIGNALS)
