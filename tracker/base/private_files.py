"""Private files: other users of the machine cannot read files of Leadlight processes. Called by every entry point."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

UMASK = 0o077


def set_private_umask() -> None:
    """Sets the umask: new files of this process and its children get mode 0600, folders 0700."""
    os.umask(UMASK)


def restrict_permissions(folder: Path) -> int:
    """Removes all group and other permissions in a folder, also of sockets, and returns the number of changes.

    Follows no symbolic link. Files of other users stay unchanged.
    """
    return sum(_restrict(path) for path in _walk(folder))


def _walk(folder: Path) -> Iterator[Path]:
    """The folder before its content: once it is private, no other user can replace a file by a link."""
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _restrict(path: Path) -> bool:
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & UMASK:
            path.chmod(stat.S_IMODE(mode) & ~UMASK)
            return True
    return False
