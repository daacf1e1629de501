"""Private files: nothing that a Leadlight process writes can be read by other users of the machine. Called by every entry point."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

UMASK = 0o077


def keep_private() -> None:
    """New files of this process, and of those it starts, get mode 0600 and new folders 0700."""
    os.umask(UMASK)


def tighten(folder: Path) -> int:
    """Takes every right of group and others from the folder and all in it, also sockets; how many were looser.

    Follows no symbolic link. Files of other users, which we may not change, are left as they are.
    """
    return sum(_tighten_one(path) for path in _walk(folder))


def _walk(folder: Path) -> Iterator[Path]:
    """The folder before what is in it: once it is closed, no other user can put a link in place of a file."""
    yield folder
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def _tighten_one(path: Path) -> bool:
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & UMASK:
            path.chmod(stat.S_IMODE(mode) & ~UMASK)
            return True
    return False
