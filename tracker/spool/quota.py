"""The quota: how much room the spool may take, so that a drain that is away for long does not fill the disk of the databases.

Over it, events are answered and not kept, which is counted; opt-outs are kept all the same. Only what is drained is ever unlinked.
Looked at by the edge once a second.
"""

import os
from pathlib import Path

from tracker.spool.file import ROTATE_BYTES

LEAST_BYTES = 4 * ROTATE_BYTES
"""For each edge process. Below this, the files that are being written could alone be over it, and nothing would ever end that."""


class Quota:
    """One edge process's view of the spool folder."""

    def __init__(self, spool_dir: Path, megabytes: int, writers: int = 1) -> None:
        """`megabytes`: 0 means no limit. `writers`: how many processes write there."""
        self._dir = spool_dir
        self._most = max(megabytes * 2**20, LEAST_BYTES * writers) if megabytes else None
        self.is_over = False

    def look(self) -> None:
        """Adds the files up. Never raises: a folder that cannot be read is the writer's trouble."""
        if self._most is None:
            return
        try:
            self.is_over = sum(_size(entry) for entry in os.scandir(self._dir) if ".db" in entry.name) > self._most
        except OSError:
            return


def _size(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # drained and unlinked just now
        return 0
