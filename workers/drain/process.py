"""The drain: spool → MongoDB, one process per host. Reads past a watermark, never writes to a spool file it does not own.

Everything it does may be repeated: events have unique ids, dwell only grows, marks only widen. So it moves a file's watermark
only after the store has the rows, and being killed anywhere costs a repetition.
"""

import contextlib
import fcntl
import gc
import json
import logging
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path
from types import FrameType

import redis
from bson.errors import BSONError
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps, open_deps
from tracker.actions.ops.health import DRAIN_KEY
from tracker.actions.workspace.edge_policy import PolicyWriter
from tracker.base import log as logs
from tracker.base.clock import to_ms
from tracker.base.errors import Malformed
from tracker.base.private_files import set_private_umask
from tracker.base.settings import load
from tracker.spool import layout, mending, reader
from tracker.store.core.run_parallel import together
from workers.drain import instrumentation, presence
from workers.drain.listener import Ear
from workers.drain.positions import Cursors
from workers.drain.store_batch import Intake, Row, Taken

log = logging.getLogger(__name__)

BATCH = 2000
_WORTH_HALVING = 200
_IDLE_SECONDS = 0.5
_LEAST_FINISHED = 2
_STEP_SECONDS = 0.5
"""A backlog may take so much longer until what happens now is looked at again, and one batch more."""
_POLICY_SECONDS = 0.25
_LONGEST_PAUSE = 5.0
_CORRUPT_SECONDS = 5.0
_GC_AFTER = 50_000
"""A batch makes some ten thousand values that all live until it ends: looking for cycles among them took a sixth of the drain's time."""


class Drain:
    """One host's drain."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._dir = deps.settings.spool_dir
        self._cursors = Cursors(BATCH)
        self._intake = Intake(deps)
        self._policy = PolicyWriter(deps)
        self._policy_due = 0.0
        self._lag_due = 0.0
        self._look_again: dict[Path, float] = {}
        self._left_alone: dict[Path, float] = {}
        self._first: dict[Path, tuple[int, int]] = {}
        """Of each file the row that it was read up to, and when the next one was received."""

    def step(self) -> int:
        """Takes in what waits, one batch of a file; how many rows. Raises PyMongoError while the store is away.

        What happens now comes first: a step takes from each file that is being written, and from as many others as there is time for.
        """
        files = layout.files(self._dir)
        self._cursors.keep_only(files)
        live: list[Path] = []
        finished: list[Path] = []
        for file in files:
            (finished if self._is_finished(file) else live).append(file)
        self._refresh_policy()
        done, until = 0, time.monotonic() + _STEP_SECONDS
        for file in reversed(live):
            done += self._drained(file, is_finished=False)
        # The one given up last holds the newest of the rest; then the oldest, in each step, so that none is left for ever.
        is_cut = False
        for number, file in enumerate(finished[-1:] + finished[:-1]):
            if is_cut := number >= _LEAST_FINISHED and time.monotonic() > until:
                break
            done += self._drained(file, is_finished=True)
        self.tell_lag(is_idle=not done and not is_cut)
        return done

    def _is_finished(self, file: Path) -> bool:
        try:
            is_finished = layout.is_orphan(file)
        except OSError:
            return False
        if is_finished:
            self._cursors.finished(file)
        return is_finished

    def _drained(self, file: Path, *, is_finished: bool) -> int:
        """No file stops the others, whatever is the matter with it."""
        if time.monotonic() < self._left_alone.get(file, 0.0):
            return 0
        try:
            return self._drain(file, is_finished=is_finished)
        except FileNotFoundError:
            return 0
        except PermissionError as error:  # of another user, who ran a command here: the other files go on
            log.error("a spool file cannot be read", extra={"file": file.name, "why": error.strerror})  # noqa: TRY400 - that is all
            return 0
        except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError, sqlite3.Error):
            log.exception("a spool file is left alone for a while", extra={"file": file.name})
            self._left_alone[file] = time.monotonic() + _CORRUPT_SECONDS
            return 0

    def _drain(self, file: Path, *, is_finished: bool) -> int:
        try:
            rows, is_backlog = self._cursors.next(file)
        except layout.Corrupt as error:
            return self._save_corrupt(file, str(error), is_finished=is_finished)
        except layout.Unreadable as error:
            log.warning("a spool file cannot be read now", extra={"file": file.name, "why": str(error)})
            return 0
        if rows:
            self._take(file, rows)
        elif is_finished and not is_backlog:
            self._put_away(file)
        return len(rows)

    def _put_away(self, file: Path) -> None:
        """Everything that can be read of a finished file is in the store."""
        self._cursors.let_go(file)
        if reader.is_torn(file):
            if time.monotonic() < self._look_again.get(file, 0.0):
                return
            try:
                saved = mending.rows_behind(file, self._cursors.done(file))
            except (OSError, sqlite3.Error) as error:  # no room for a copy, for instance
                log.warning("a damaged log cannot be mended now", extra={"file": file.name, "error": str(error)})
                self._look_again[file] = time.monotonic() + _CORRUPT_SECONDS
                return
            self._take_all(file, saved)
            log.error("spool file set aside: its log is damaged", extra={"file": file.name, "rows_saved": len(saved)})
            self._cursors.forget(file)
            layout.quarantine(file)
        else:
            self._cursors.forget(file)
            layout.unlink(file)

    def _take_all(self, file: Path, rows: list[tuple[int, bytes]]) -> None:
        rows = sorted(rows)  # as the watermark goes
        for start in range(0, len(rows), BATCH):
            self._take(file, rows[start : start + BATCH])

    def _take(self, file: Path, rows: list[tuple[int, bytes]]) -> None:
        name = file.stem
        self._take_in([(f"{name}:{seq:012d}", body) for seq, body in rows])
        self._cursors.took(file, rows[-1][0])

    def _take_in(self, rows: list[Row]) -> None:
        """Into the store, then told. What the driver cannot write at all is found by halving and set aside; the others go on."""
        try:
            taken = self._taken(rows)
        except (BSONError, ValueError, OverflowError) as error:
            if len(rows) > 1:
                self._take_in(rows[: len(rows) // 2])
                self._take_in(rows[len(rows) // 2 :])
            else:
                self._deps.store.evidence.quarantine([(*rows[0], f"unstorable: {type(error).__name__}")], self._deps.now())
            return
        if "live" in taken.lanes:
            self._deps.wake.live()
        if "bulk" in taken.lanes:
            self._deps.wake.bulk()
        instrumentation.drained(taken, self._deps.now())
        try:
            presence.tell(self._deps.bus, taken.events, taken.beats, taken.visitors)
        except (redis.RedisError, OSError, LookupError, TypeError, ValueError) as error:  # a hint, whatever somebody has put there
            log.warning("consoles were not told", extra={"error": type(error).__name__})

    def _taken(self, rows: list[Row]) -> Taken:
        """Of a large batch both halves at once: one is worked on while the other waits for MongoDB."""
        half = len(rows) // 2
        if half < _WORTH_HALVING:
            return self._intake.take(rows)
        one, two = together(lambda: self._intake.take(rows[:half]), lambda: self._intake.take(rows[half:]))
        return one.joined(two)

    def _save_corrupt(self, file: Path, why: str, *, is_finished: bool) -> int:
        """Saves what can be read. A file that is still written to stays where it is until its writer gives it up."""
        if time.monotonic() < self._look_again.get(file, 0.0) and not is_finished:
            return 0
        self._look_again[file] = time.monotonic() + _CORRUPT_SECONDS
        saved = list(reader.salvage(file, self._cursors.done(file)))
        log.error("spool file is damaged", extra={"file": file.name, "why": why, "rows_saved": len(saved), "set_aside": is_finished})
        done = self._cursors.done(file)
        self._take_all(file, saved)
        self._cursors.forget(file)
        if is_finished:
            layout.quarantine(file)
            return len(saved)
        self._cursors.return_to(file, done)
        return 0

    def _refresh_policy(self) -> None:
        if time.monotonic() < self._policy_due:
            return
        self._policy_due = time.monotonic() + _POLICY_SECONDS
        try:
            self._policy.refresh()
        except OSError as error:  # a full disk: emptying the spool is what helps
            log.warning("the edge's policy was not written", extra={"error": error.strerror})

    def tell_lag(self, *, is_idle: bool = False) -> None:
        """Notes in Redis how far behind the drain is, at most once a second; also for while the store is away."""
        if time.monotonic() < self._lag_due:
            return
        self._lag_due = time.monotonic() + 1
        waiting = 0 if is_idle else self._waiting()
        state = {"at": to_ms(self._deps.now()), "lag_events": waiting, "lag_seconds": self._age_of_oldest() if waiting else 0}
        with contextlib.suppress(redis.RedisError, OSError):
            self._deps.redis.set(DRAIN_KEY, json.dumps(state))

    def _waiting(self) -> int:
        waiting = 0
        for file in layout.files(self._dir):
            with contextlib.suppress(FileNotFoundError, layout.Unreadable):
                waiting += self._cursors.waiting(file)
        return waiting

    def _age_of_oldest(self) -> float:
        now, first = to_ms(self._deps.now()), dict[Path, tuple[int, int]]()
        for file in layout.files(self._dir):
            with contextlib.suppress(FileNotFoundError, layout.Unreadable, Malformed):
                done = self._cursors.done(file)
                known = self._first.get(file)  # a backlog of many files is opened once, not every second
                if known is None or known[0] != done:
                    known = next(((done, layout.decode(body).received) for _, body in reader.read(file, done, 1)), None)
                if known:
                    first[file] = known
        self._first = first
        return round(max([0.0, *((now - received) / 1000 for _, received in first.values())]), 1)


def own_the_spool(folder: Path) -> int:
    """Waits until this process is the host's only drain; the returned handle is the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "drain.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def run(deps: Deps) -> None:
    """Drains until the process is told to stop; MongoDB and Redis may come and go."""
    lock = own_the_spool(deps.settings.spool_dir)
    mending.clear(deps.settings.spool_dir)
    layout.clear(deps.settings.spool_dir)
    drain, ear = Drain(deps), Ear(layout.wake_path(deps.settings))
    pause = _IDLE_SECONDS
    while True:
        try:
            rows = drain.step()
            pause = _IDLE_SECONDS
        except PyMongoError as error:
            log.warning("the store is away; nothing is lost", extra={"error": type(error).__name__, "lock": lock})
            drain.tell_lag()
            pause = min(_LONGEST_PAUSE, pause * 2)
            time.sleep(pause)
            continue
        if not rows:
            ear.wait(_IDLE_SECONDS)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """The process `drain`."""
    settings = load()
    set_private_umask()
    logs.set_up(settings.log_level)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    gc.set_threshold(_GC_AFTER)
    run(open_deps(settings, retry_writes=False))


if __name__ == "__main__":
    main()
