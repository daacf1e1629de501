"""Sync: spool files reach the disk beside the event loop, one sync after the other (SPOOL_SYNC=full). Used by `writer`."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from caio import linux_aio_asyncio, python_aio_asyncio
from caio.asyncio_base import AsyncioContextBase

from tracker.base.metrics import SYNC_SECONDS
from tracker.spool.file import SpoolFile
from tracker.spool.group_commit import Callback, NotCommitted, not_committed, settle

_MAX_SYNCS = 4
_PACE_SECONDS = 0.0015


class Syncer:
    """Syncs committed rows, then calls back. Rows that are committed during a sync wait for the next one."""

    def __init__(self, on_end: Callable[[NotCommitted | None], None], has_callers: Callable[[], bool]) -> None:
        """`on_end`: called after each sync, with its error. `has_callers`: whether more rows wait for a commit."""
        self._on_end, self._has_callers = on_end, has_callers
        self._loop = asyncio.get_running_loop()
        self._context = open_context()
        self._syncing: list[Callback] = []
        self._unsynced: list[Callback] = []
        self._files_syncing: list[SpoolFile] = []
        self._files_unsynced: dict[SpoolFile, None] = {}
        self._started = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a sync is in progress."""
        return self._task is not None

    @property
    def callers(self) -> int:
        """How many callers wait for the next sync, without those of the present one."""
        return len(self._unsynced)

    def add(self, file: SpoolFile, callbacks: list[Callback]) -> None:
        """Syncs the file, now or after the present sync, and then calls back."""
        self._files_unsynced[file] = None
        self._unsynced += callbacks
        if self._task is None:
            self._start()

    def release(self, file: SpoolFile) -> bool:
        """Whether the file may be closed: no row of it waits for a sync. It will not be synced any more then."""
        if file in self._files_syncing or (self._unsynced and file in self._files_unsynced):
            return False
        self._files_unsynced.pop(file, None)
        return True

    def is_late(self, seconds: float) -> bool:
        """Whether the present sync takes longer than this."""
        return self._task is not None and time.monotonic() - self._started >= seconds

    def abandon(self) -> None:
        """Ends the wait of all callers with `slow`. Their rows may still reach the disk."""
        late, self._syncing, self._unsynced = self._syncing + self._unsynced, [], []
        settle(self._loop, late, NotCommitted("slow"))

    async def wait(self) -> None:
        """Returns when all rows are synced, or failed."""
        while self._task is not None:
            await self._task

    def close(self) -> None:
        """Releases what the kernel keeps for syncs."""
        self._context.close()  # type: ignore[no-untyped-call]  # caio types its operations, not these

    def _start(self) -> None:
        self._syncing, self._unsynced = self._unsynced, []
        self._files_syncing, self._files_unsynced = list(self._files_unsynced), {}
        self._started = time.monotonic()
        self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        error = await self._sync_files()
        SYNC_SECONDS.observe(time.monotonic() - self._started)
        if error is None and self._has_callers():
            # More rows arrived meanwhile, and more are likely: a sync for each few of them costs more than it gains.
            self._settle_synced(None)
            await asyncio.sleep(max(0.0, _PACE_SECONDS - (time.monotonic() - self._started)))
        self._files_syncing, self._task = [], None
        if error is not None:
            # Linux reports lost pages only once: rows that were appended after them may be lost too.
            self._syncing += self._unsynced
            self._unsynced, self._files_unsynced = [], {}
        self._settle_synced(error)
        self._on_end(error)
        if self._unsynced and self._task is None:
            self._start()

    async def _sync_files(self) -> NotCommitted | None:
        error: NotCommitted | None = None
        for file in self._files_syncing:
            try:
                await self._context.fdsync(file.log)
            except (OSError, ValueError, ArithmeticError, SystemError, RuntimeError) as problem:  # caio raises any of them
                error = not_committed(problem)
        return error

    def _settle_synced(self, error: NotCommitted | None) -> None:
        done, self._syncing = self._syncing, []
        settle(self._loop, done, error)


def open_context() -> AsyncioContextBase:
    """The context for syncs in the running loop: Linux's native AIO, which needs no thread and not the GIL, else a thread pool."""
    if linux_aio_asyncio is not None:
        with contextlib.suppress(OSError, SystemError, RuntimeError):  # a container's seccomp rules may forbid it
            return linux_aio_asyncio.AsyncioContext(max_requests=_MAX_SYNCS)  # type: ignore[no-untyped-call]
    return python_aio_asyncio.AsyncioContext(max_requests=_MAX_SYNCS)  # type: ignore[no-untyped-call]
