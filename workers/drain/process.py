"""The drain: moves rows from the spool to MongoDB, one process per host. It never writes to a spool file.

Every step may be repeated: event ids are unique, dwell times only grow, and dirty marks only widen. The watermark of a file moves
only after its rows are stored, so a kill at any point costs a repetition and nothing else.
"""

import atexit
import fcntl
import gc
import logging
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path
from types import FrameType

from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps, start_deps
from tracker.actions.workspace.edge_policy import PolicyWriter
from tracker.base import log as logs
from tracker.base.http.probe_port import serve_probes
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.spool import layout, reader
from tracker.spool.notify import WakeReceiver
from workers.drain import instrumentation
from workers.drain.edge_files import keep_edge_files
from workers.drain.lag import DrainLag
from workers.drain.positions import ReadPositions, Rows
from workers.drain.row_processor import RowProcessor

log = logging.getLogger(__name__)

BATCH = 2000
_IDLE_SECONDS = 0.5
_MIN_FINISHED = 2
_STEP_SECONDS = 0.5
"""How long a step may read finished files, and one batch more, before it reads new rows again."""
_POLICY_SECONDS = 0.25
_MAX_PAUSE = 5.0
_RETRY_SECONDS = 5.0
_GC_THRESHOLD = 50_000
"""A batch makes some ten thousand objects that all live until its end: the garbage collector took a sixth of the drain's CPU time."""


class Drain:
    """One host's drain."""

    def __init__(self, deps: Deps) -> None:
        self._dir = deps.settings.spool_dir
        self._positions = ReadPositions(BATCH)
        self._processor = RowProcessor(deps)
        self._policy = PolicyWriter(deps)
        self._policy_due = 0.0
        self.lag = DrainLag(deps, self._positions)
        self._retry_at: dict[Path, float] = {}
        self._salvage_at: dict[Path, float] = {}

    def step(self) -> int:
        """Stores a batch of each file; returns the number of rows. Raises PyMongoError if MongoDB is unavailable.

        New rows come first: a step reads every file in use, then as many finished files as it has time for.
        """
        files = layout.files(self._dir)
        self._positions.close_others(files)
        in_use: list[Path] = []
        finished: list[Path] = []
        for file in files:
            (finished if self._is_finished(file) else in_use).append(file)
        self._refresh_policy()
        rows, until = 0, time.monotonic() + _STEP_SECONDS
        for file in reversed(in_use):
            rows += self._drain_safely(file, is_finished=False)
        # Of the finished files the newest first, then the oldest, in each step, so that none waits for ever.
        is_cut = False
        for number, file in enumerate(finished[-1:] + finished[:-1]):
            if is_cut := number >= _MIN_FINISHED and time.monotonic() > until:
                break
            rows += self._drain_safely(file, is_finished=True)
        self.lag.publish(is_idle=not rows and not is_cut)
        return rows

    def _is_finished(self, file: Path) -> bool:
        try:
            is_finished = layout.is_orphan(file)
        except OSError:
            return False
        if is_finished:
            self._positions.finish(file)
        return is_finished

    def _drain_safely(self, file: Path, *, is_finished: bool) -> int:
        """As `_drain`, but an error in one file does not stop the others."""
        if time.monotonic() < self._retry_at.get(file, 0.0):
            return 0
        try:
            return self._drain(file, is_finished=is_finished)
        except FileNotFoundError:
            return 0
        except PermissionError as error:  # it belongs to another user, who ran a command here
            log.error("spool file cannot be read", extra={"file": file.name, "error": error.strerror})  # noqa: TRY400 - needs no traceback
            return 0
        except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError, sqlite3.Error):
            log.exception("spool file failed; it is read again later", extra={"file": file.name})
            self._retry_at[file] = time.monotonic() + _RETRY_SECONDS
            return 0

    def _drain(self, file: Path, *, is_finished: bool) -> int:
        try:
            rows, is_backlog = self._positions.next_rows(file)
            if rows:
                self._process(file, rows)
            elif is_finished and not is_backlog:
                self._remove(file)
            return len(rows)
        except layout.Corrupt as error:
            return self._salvage(file, str(error), is_finished=is_finished)
        except layout.Unreadable as error:
            log.warning("spool file cannot be read now", extra={"file": file.name, "error": str(error)})
            return 0

    def _process(self, file: Path, rows: Rows) -> None:
        self._processor.process([(f"{file.stem}:{seq:012d}", body) for seq, body in rows])
        self._positions.advance(file, rows[-1][0])

    def _remove(self, file: Path) -> None:
        """Removes a finished file whose readable rows are all stored. One with unreadable commits is quarantined instead."""
        self._positions.close(file)
        if reader.has_unread_commits(file):
            self._quarantine(file, "its log is damaged", rows_saved=0)
        else:
            self._positions.forget(file)
            layout.unlink(file)

    def _salvage(self, file: Path, error: str, *, is_finished: bool) -> int:
        """Stores the readable rows of a damaged file and quarantines it. A file in use stays until its writer closes it."""
        if time.monotonic() < self._salvage_at.get(file, 0.0) and not is_finished:
            return 0
        self._salvage_at[file] = time.monotonic() + _RETRY_SECONDS
        stored = self._positions.stored(file)
        rows = sorted(reader.salvage(file, stored))  # in ascending order, as the watermark moves
        for start in range(0, len(rows), BATCH):
            self._process(file, rows[start : start + BATCH])
        self._positions.forget(file)
        if is_finished:
            self._quarantine(file, error, rows_saved=len(rows))
            return len(rows)
        log.error("spool file in use is damaged", extra={"file": file.name, "error": error, "rows_saved": len(rows)})
        self._positions.return_to(file, stored)
        return 0

    def _quarantine(self, file: Path, error: str, *, rows_saved: int) -> None:
        self._positions.forget(file)
        layout.quarantine(file)
        instrumentation.quarantined(file.name, error, rows_saved)

    def _refresh_policy(self) -> None:
        if time.monotonic() < self._policy_due:
            return
        self._policy_due = time.monotonic() + _POLICY_SECONDS
        try:
            self._policy.refresh()
        except OSError as error:  # a full disk: the spool must be drained all the same
            log.warning("edge policy not written", extra={"error": error.strerror})


def lock_spool(folder: Path) -> int:
    """Waits until this process is the host's only drain; returns the handle of the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "drain.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def run(deps: Deps) -> None:
    """Drains until the process is stopped. Survives outages of MongoDB and Redis."""
    lock = lock_spool(deps.settings.spool_dir)
    layout.remove_orphaned_sidecars(deps.settings.spool_dir)
    keep_edge_files(deps)
    drain, receiver = Drain(deps), WakeReceiver(layout.wake_path(deps.settings))
    pause = _IDLE_SECONDS
    atexit.register(drain.lag.leave)
    while True:
        try:
            rows = drain.step()
            pause = _IDLE_SECONDS
        except PyMongoError as error:
            log.warning("MongoDB unavailable; events stay in the spool", extra={"error": type(error).__name__, "lock": lock})
            drain.lag.publish()
            pause = min(_MAX_PAUSE, pause * 2)
            time.sleep(pause)
            continue
        if not rows:
            receiver.wait(_IDLE_SECONDS)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """The process `drain`."""
    settings = load()
    set_private_umask()
    logs.set_up(settings.log_level)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    gc.set_threshold(_GC_THRESHOLD)
    deps = start_deps(settings, retry_writes=False)
    serve_probes(settings, deps.store.is_up)
    run(deps)


if __name__ == "__main__":
    main()
