"""The spool's writer: durable storage of captures, in one SQLite file at a time per edge process. Used by web.edge.

`group_commit` commits rows in the thread of the event loop, once in each of its turns, or with SPOOL_SYNC=full after each sync. A
commit to the page cache takes some microseconds a row, less than a switch to another thread and back. `sync` and `rotation` do
everything slower beside the loop.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tracker.domain.activity.capture import Capture
from tracker.spool.file import PREALLOCATED_BYTES, SpoolFile
from tracker.spool.group_commit import Callback, GroupCommit, NotCommitted, settle
from tracker.spool.notify import WakeSender
from tracker.spool.rotation import Rotation
from tracker.spool.sync import Syncer

_MAX_CALLERS = 20_000
_MAX_GROUP_ROWS = 1_000


class Writer:
    """Commits captures in groups: those of one turn of the event loop, or with `full` those that arrive during a sync.

    Belongs to one event loop. A caller that goes away does not affect the others. After each group the drain is notified at `wake`.
    """

    def __init__(self, spool_dir: Path, sync: str, wake: Path | None = None) -> None:
        """`sync`: `full` calls back once the rows are on disk, `normal` once they are in the file."""
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._drain = WakeSender(wake)
        self._syncer = Syncer(self._on_sync_end, self._has_callers) if sync == "full" else None
        self._rotation = Rotation(spool_dir, PREALLOCATED_BYTES if sync == "full" else 0, self._may_close)
        self._group = GroupCommit(self._rotation)

    def append(self, captures: Sequence[Capture], callback: Callback) -> None:
        """Calls `callback` later and once: with None when the captures are safe, else with the reason."""
        group, syncer = self._group, self._syncer
        callers = group.callers + (syncer.callers if syncer is not None else 0)
        if self._is_closed or callers > _MAX_CALLERS:
            self._loop.call_soon(callback, NotCommitted("closed" if self._is_closed else "busy"))
            return
        is_syncing = syncer is not None and syncer.is_busy
        if not is_syncing and not group.callers:
            # Not at once: the other requests of this turn of the loop join the group.
            self._loop.call_soon(self._commit)
        group.add(captures, callback)
        if is_syncing and group.rows >= _MAX_GROUP_ROWS:
            self._commit()  # if a sync takes very long, the group must not grow so large that its commit holds the loop

    def commit(self, captures: Sequence[Capture]) -> asyncio.Future[None]:
        """As `append`, to be awaited. Raises NotCommitted."""
        result = self._loop.create_future()

        def set_result(error: NotCommitted | None) -> None:
            if result.done():  # the caller was cancelled
                return
            if error is None:
                result.set_result(None)
            else:
                result.set_exception(error)

        self.append(captures, set_result)
        return result

    def tick(self, seconds: float) -> None:
        """Rotates an old file, and ends the wait of all callers if a sync takes longer than `seconds`. Called once a second."""
        self._rotation.rotate_if_due()
        if self._syncer is not None and self._syncer.is_late(seconds):
            self._commit()
            self._syncer.abandon()

    def rotate(self) -> None:
        """Begins a new file soon: the drain then removes the present one, with rows that must not stay."""
        self._rotation.rotate()

    async def close(self) -> None:
        """Commits the rows that wait, then closes the file. Called at an orderly stop."""
        self._is_closed = True
        self._rotation.stop()
        self._commit()
        if self._syncer is not None:
            await self._syncer.wait()
        await self._rotation.close()
        if self._syncer is not None:
            self._syncer.close()
        self._drain.close()

    def _commit(self) -> None:
        done = self._group.commit()
        if done.file is None:
            settle(self._loop, done.callbacks, done.error)
            return
        if self._syncer is None:
            settle(self._loop, done.callbacks, None)
        else:
            self._syncer.add(done.file, done.callbacks)
        self._drain.wake()
        self._rotation.rotate_if_due()

    def _on_sync_end(self, error: NotCommitted | None) -> None:
        if error is not None:
            self._rotation.close_file()
        self._commit()
        self._rotation.close_retired()

    def _has_callers(self) -> bool:
        return self._group.callers > 0

    def _may_close(self, file: SpoolFile) -> bool:
        return self._syncer is None or self._syncer.release(file)
