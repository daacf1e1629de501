"""Group commit: rows that arrive in one turn of the event loop are committed together. Used by `writer`."""

import asyncio
import errno
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tracker.base.errors import LeadlightError
from tracker.base.metrics import COMMIT_ROWS, COMMIT_SECONDS
from tracker.domain.activity.capture import Capture
from tracker.spool import layout
from tracker.spool.file import SpoolFile
from tracker.spool.rotation import Rotation


class NotCommitted(LeadlightError):
    """The spool did not store the rows. `reason` is a stable code: disk_full, disk, slow, busy, closed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not committed: {reason}")
        self.reason = reason


Callback = Callable[[NotCommitted | None], object]
"""Called after a commit with None, or with the reason why there was none."""


def settle(loop: asyncio.AbstractEventLoop, callbacks: Iterable[Callback], error: NotCommitted | None) -> None:
    """Schedules each callback on its own: an error in one must not affect the others."""
    for callback in callbacks:
        loop.call_soon(callback, error)


def not_committed(error: Exception) -> NotCommitted:
    """The reason for an error of SQLite, of the file system or of a sync."""
    is_full = _is_disk_full(error) or (isinstance(error, OSError) and error.errno == errno.ENOSPC)
    return NotCommitted("disk_full" if is_full else "disk")


class Commit(NamedTuple):
    """The result of one group commit."""

    callbacks: list[Callback]
    file: SpoolFile | None = None
    """Where the rows are; None if there were none, or with an error."""
    error: NotCommitted | None = None


class GroupCommit:
    """Collects rows and their callbacks until `commit` writes all of them to the current file."""

    def __init__(self, rotation: Rotation) -> None:
        self._rotation = rotation
        self._rows: list[bytes] = []
        self._callbacks: list[Callback] = []

    @property
    def callers(self) -> int:
        """How many callers wait for the next commit."""
        return len(self._callbacks)

    @property
    def rows(self) -> int:
        """How many rows wait for the next commit."""
        return len(self._rows)

    def add(self, captures: Sequence[Capture], callback: Callback) -> None:
        """Adds one caller's captures to the group."""
        encode = layout.encode
        for capture in captures:
            self._rows.append(encode(capture))
        self._callbacks.append(callback)

    def commit(self) -> Commit:
        """Writes the group, which is empty afterwards. The rows survive the process, not yet a power failure."""
        rows, self._rows = self._rows, []
        callbacks, self._callbacks = self._callbacks, []
        if not rows:
            return Commit(callbacks)
        started = time.monotonic()
        try:
            file = self._rotation.file_in_use()
            file.append(rows)
        except (sqlite3.Error, OSError) as error:
            # A full disk has space again once the drain unlinks this file; an empty one is kept.
            if not _is_disk_full(error) or self._rotation.has_rows:
                self._rotation.close_file()
            return Commit(callbacks, error=not_committed(error))
        COMMIT_SECONDS.observe(time.monotonic() - started)
        COMMIT_ROWS.observe(len(rows))
        return Commit(callbacks, file)


def _is_disk_full(error: Exception) -> bool:
    return isinstance(error, sqlite3.Error) and "full" in str(error)
