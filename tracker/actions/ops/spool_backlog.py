"""Backlog of the spool, counted from its files. Used by `health` while the drain sends no reports."""

import contextlib
import time
from pathlib import Path

from tracker.spool import layout, reader

_LONGEST_SECONDS = 0.2
_Stamp = tuple[int, ...]
_ends: dict[Path, tuple[_Stamp, int]] = {}
"""The last row of each file by its last change; opening an unused file reads its whole WAL."""


def waiting(folder: Path) -> int | None:
    """The number of waiting events. None if the folder is not visible, or while counting a long backlog continues in later calls."""
    until, marks, count = time.monotonic() + _LONGEST_SECONDS, layout.Watermarks(), 0
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".db")
        for gone in _ends.keys() - files:
            del _ends[gone]
        for file in files:
            if time.monotonic() > until:
                return None
            with contextlib.suppress(FileNotFoundError, layout.Unreadable):
                count += max(0, _end(file) - marks.get(file))
    except OSError:
        return None
    return count


def _end(file: Path) -> int:
    stamp = tuple(path.stat().st_mtime_ns for path in (file, layout.log_path(file)) if path.exists())
    known = _ends.get(file)
    if known is None or known[0] != stamp:
        known = _ends[file] = (stamp, reader.last_seq(file))
    return known[1]
