"""The spool's writer: group commit into one SQLite file per edge process. Used by web.edge.

Rows are committed by the event loop's own thread, a group in each of its turns, or with `full` after each sync: into memory that
outlives the process that takes some microseconds a row, less than handing them to another thread and back. Syncing, and beginning the next file or giving one up,
happen beside the loop; only the first file, and one after a failure, is begun in it.
"""

import asyncio
import contextlib
import errno
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from caio.asyncio_base import AsyncioContextBase

from tracker.base.errors import LeadlightError
from tracker.base.metrics import COMMIT_ROWS, COMMIT_SECONDS, SYNC_SECONDS
from tracker.domain.activity.capture import Capture
from tracker.spool import layout, room
from tracker.spool.disk import open_disk
from tracker.spool.file import SpoolFile
from tracker.spool.notify import Wake

_MOST_WAITING = 20_000
_MOST_AT_ONCE = 1_000
_PACE_SECONDS = 0.0015


class NotCommitted(LeadlightError):
    """The spool did not take it. `reason` is short and stable: disk_full, disk, slow, busy, closed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not committed: {reason}")
        self.reason = reason


Then = Callable[[NotCommitted | None], object]
"""What happens after a commit, or with the reason why there was none."""


class Writer:
    """Commits captures in groups: what one turn of the loop has received is a group, and with `full` what arrives while the disk
    syncs. Belongs to one event loop.

    `append(…)` calls back once the rows are in the file, and on disk if `sync` is `full`; `await commit(…)` is the same for
    coroutines. A caller that goes away takes nothing with it. After each group one byte goes to `wake`, where the drain listens.
    """

    def __init__(self, spool_dir: Path, sync: str, wake: Path | None = None) -> None:
        self._dir = spool_dir
        self._wake = Wake(wake)
        self._loop = asyncio.get_running_loop()
        self._rows: list[bytes] = []
        self._waiters: list[Then] = []
        self._is_closed = False
        self._file: SpoolFile | None = None
        self._is_rotating = False
        self._beside: set[threading.Thread] = set()
        self._syncing: list[Then] = []
        self._unsynced: list[Then] = []
        self._to_sync: dict[SpoolFile, None] = {}
        self._in_sync: list[SpoolFile] = []
        self._since = 0.0
        self._sync_task: asyncio.Task[None] | None = None
        self._retired: list[SpoolFile] = []
        self._disk = open_disk() if sync == "full" else None
        self._room = room.LEAST if sync == "full" else 0
        self._is_makeshift = False

    def append(self, captures: Sequence[Capture], then: Then) -> None:
        """Calls `then`, later and once: with None when the captures are safe, else with why not. The answer must go out all the same."""
        if self._is_closed or len(self._waiters) + len(self._unsynced) > _MOST_WAITING:
            self._loop.call_soon(then, NotCommitted("closed" if self._is_closed else "busy"))
            return
        if not self._waiters and self._sync_task is None:
            # Not at once: whatever else this turn of the loop has already received joins the group.
            self._loop.call_soon(self._commit)
        encode = layout.encode
        for capture in captures:
            self._rows.append(encode(capture))
        self._waiters.append(then)
        if self._sync_task is not None and len(self._rows) >= _MOST_AT_ONCE:
            self._commit()  # a disk that hangs must not make a group whose commit holds the loop

    def commit(self, captures: Sequence[Capture]) -> asyncio.Future[None]:
        """Await the result: the captures are safe. Raises NotCommitted."""
        waiter = self._loop.create_future()

        def settle(error: NotCommitted | None) -> None:
            if waiter.done():  # whoever waited has gone away
                return
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

        self.append(captures, settle)
        return waiter

    def tick(self, seconds: float) -> None:
        """Lets go whoever has waited longer for a disk that hangs (the rows may still get there), and gives up a file that is old.

        Called once a second.
        """
        self._rotate_if_due()
        if self._sync_task is not None and time.monotonic() - self._since >= seconds:
            self._commit()
            late, self._syncing, self._unsynced = self._syncing + self._unsynced, [], []
            self._settle(late, NotCommitted("slow"))

    async def close(self) -> None:
        """Commits what waits, then gives the file up. Called when the process ends in good order."""
        self._is_closed = True
        self._commit()
        while self._sync_task is not None:
            await self._sync_task
        self._give_up_file()
        while self._beside:
            await asyncio.to_thread(self._beside.pop().join)
        if self._disk is not None:
            self._disk.close()  # type: ignore[no-untyped-call]  # caio types its operations, not these
        self._wake.close()

    def _commit(self) -> None:
        rows, self._rows = self._rows, []
        waiters, self._waiters = self._waiters, []
        if not rows:
            self._settle(waiters, None)
            return
        started = time.monotonic()
        error = self._append(rows)
        if error is not None:
            self._settle(waiters, error)
            return
        if self._disk is None:
            self._settle(waiters, None)
        else:
            self._unsynced += waiters
            if self._sync_task is None:
                self._begin_sync(self._disk)
        self._wake.send()
        COMMIT_SECONDS.observe(time.monotonic() - started)
        COMMIT_ROWS.observe(len(rows))
        self._rotate_if_due()

    def _settle(self, waiters: list[Then], error: NotCommitted | None) -> None:
        for then in waiters:
            self._loop.call_soon(then, error)  # each on its own: one caller's defect must not cost its neighbours their answers

    def _append(self, rows: list[bytes]) -> NotCommitted | None:
        try:
            if self._file is None:
                # Its log has no room, since writing that would hold the loop: it only serves until one that has is there.
                self._file, self._is_makeshift = SpoolFile(self._dir), self._room > 0
            self._file.append(rows)
            if self._disk is not None:
                self._to_sync[self._file] = None
        except (sqlite3.Error, OSError) as error:
            return self._failed(error)
        return None

    def _failed(self, error: sqlite3.Error | OSError) -> NotCommitted:
        is_full = isinstance(error, sqlite3.Error) and "full" in str(error)
        # On a full disk what was written is handed to the drain, since only unlinking whole files makes room; an empty file is kept.
        if not is_full or (self._file is not None and self._file.size):
            self._give_up_file()
        return NotCommitted("disk_full" if is_full or (isinstance(error, OSError) and error.errno == errno.ENOSPC) else "disk")

    def _give_up_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            self._retired.append(file)
            self._close_retired()

    def _close_retired(self) -> None:
        """Closes what was given up, once nobody waits for it to be synced."""
        waiting = {*self._in_sync, *(self._to_sync if self._unsynced else ())}
        for file in [file for file in self._retired if file not in waiting]:
            self._to_sync.pop(file, None)
            if self._start_beside(file.give_up):
                self._retired.remove(file)

    def _rotate_if_due(self) -> None:
        if self._file is None or self._is_rotating or not (self._is_makeshift or self._file.is_full):
            return
        if not self._is_makeshift:
            self._room = self._file.next_room or self._room
        self._is_rotating = self._start_beside(self._begin_next)

    def _begin_next(self) -> None:
        """In a thread of its own. Where none can be begun, a full file is given up all the same."""
        fresh: SpoolFile | None = None
        with contextlib.suppress(sqlite3.Error, OSError):
            fresh = SpoolFile(self._dir, self._room)
        self._loop.call_soon_threadsafe(self._rotate, fresh)

    def _rotate(self, fresh: SpoolFile | None) -> None:
        self._is_rotating, self._is_makeshift = False, False
        if fresh is not None or (self._file is not None and self._file.is_full):
            self._give_up_file()
            self._file = fresh
        if self._is_closed:
            self._give_up_file()

    def _start_beside(self, does: Callable[[], None]) -> bool:
        """Whether it could be: a machine without room for one more thread may have it later."""
        self._beside = {thread for thread in self._beside if thread.is_alive()}
        thread = threading.Thread(target=does, name="spool-beside", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._beside.add(thread)
        return True

    def _begin_sync(self, disk: AsyncioContextBase) -> None:
        self._syncing, self._unsynced = self._unsynced, []
        self._in_sync, self._to_sync = list(self._to_sync), {}
        self._since = time.monotonic()
        self._sync_task = self._loop.create_task(self._sync(disk))

    async def _sync(self, disk: AsyncioContextBase) -> None:
        error: NotCommitted | None = None
        for file in self._in_sync:
            try:
                await disk.fdsync(file.log)
            except (OSError, ValueError, ArithmeticError, SystemError, RuntimeError) as problem:  # the library says so in many ways
                error = NotCommitted("disk_full" if isinstance(problem, OSError) and problem.errno == errno.ENOSPC else "disk")
        SYNC_SECONDS.observe(time.monotonic() - self._since)
        if error is None and self._waiters:
            # Others have come meanwhile, and more are about to: syncing for each few of them costs more than they gain.
            done, self._syncing = self._syncing, []
            self._settle(done, None)
            await asyncio.sleep(max(0.0, _PACE_SECONDS - (time.monotonic() - self._since)))
        done, self._syncing, self._in_sync, self._sync_task = self._syncing, [], [], None
        if error is not None:
            # Linux tells of lost pages once: what was appended behind them meanwhile cannot be vouched for either.
            done += self._unsynced
            self._unsynced, self._to_sync = [], {}
            self._give_up_file()
        self._settle(done, error)
        self._commit()
        if self._unsynced and self._sync_task is None:
            self._begin_sync(disk)
        self._close_retired()
