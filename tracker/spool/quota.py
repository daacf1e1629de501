"""The quota: how large the spool may become, so that the spool does not fill the disk while the drain does not run.

Above it, the edge answers events but drops them, which is counted; opt-outs are still stored. Only drained files are ever unlinked.
Checked by the edge once a second.
"""

import os
from pathlib import Path

from tracker.spool.file import ROTATE_BYTES

LEAST_BYTES = 4 * ROTATE_BYTES
"""Minimum for each edge process. With less, the files in use alone could exceed the quota, which would then never end."""


class Quota:
    """One edge process's view of the spool folder."""

    def __init__(self, spool_dir: Path, megabytes: int, writers: int = 1) -> None:
        """`megabytes`: 0 means no limit. `writers`: how many processes write there."""
        self._dir = spool_dir
        self._most = max(megabytes * 2**20, LEAST_BYTES * writers) if megabytes else None
        self.is_over = False

    def look(self) -> None:
        """Updates `is_over`. Never raises: the writer reports a folder that cannot be read."""
        if self._most is None:
            return
        try:
            self.is_over = sum(_size(entry) for entry in os.scandir(self._dir) if ".db" in entry.name) > self._most
        except OSError:
            return


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # just drained and unlinked
        return 0
