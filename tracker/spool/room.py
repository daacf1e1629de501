"""The room that a spool file's log is given before it is used. Used by `spoolfile`.

A log that grows makes its file system note the new length and blocks at each sync, in a line with whatever else syncs on that disk,
MongoDB above all. Written with nulls and synced beforehand, a sync takes the rows and nothing else. SQLite ends its reading of a log
at the first frame that is none, so nulls behind the last commit mean nothing to it.
"""

import os
import time

LEAST, MOST = 1 * 1024 * 1024, 32 * 1024 * 1024
_SLICE = bytes(512 * 1024)
_PAUSE_SECONDS = 0.008
_SPARE = 8
"""A disk that has less than this many times the room free is left alone: growing costs time, a full disk costs events."""


def write(log: int, size: int) -> int:
    """Fills the log with nulls from its end up to `size` bytes, on disk; returns its length then. Where there is no room, it stays as it is.

    For a log that nobody appends to meanwhile. Raises OSError where syncing fails: what the log held before may be lost then too.
    """
    start = os.fstat(log).st_size
    disk = os.fstatvfs(log)
    if size <= start or disk.f_bavail * disk.f_frsize < size * _SPARE:
        return start
    for place in range(start, size, len(_SLICE)):
        part = _SLICE[: size - place]
        try:
            is_there = os.pwrite(log, part, place) == len(part)
        except OSError:
            is_there = False
        if not is_there:
            os.ftruncate(log, start)
            return start
        # In small helpings, and with time for others between them: who syncs meanwhile waits for one of them at most.
        os.fdatasync(log)
        time.sleep(_PAUSE_SECONDS)
    return size


def after(room: int, *, was_used_up: bool) -> int:
    """How much the next file gets, in bytes: four times as much where the last was used up within its time, else half."""
    return min(MOST, room * 4) if was_used_up else max(LEAST, room // 2)
