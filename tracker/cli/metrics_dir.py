"""The folder in which all processes keep their metrics (PROMETHEUS_MULTIPROC_DIR). Made and removed by `leadlight up`.

The metrics library maps its files into memory, and a write to such a file on a full disk ends the process with SIGBUS. So the
folder is in shared memory where the machine has a tmpfs for that, else in DATA/run.
"""

import hashlib
import os
import shutil
import stat
from pathlib import Path

from tracker.base.settings import Settings

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - only a folder of our own is used in it
_MIN_FREE_BYTES = 32 * 2**20


def in_memory(settings: Settings, root: Path = _SHARED_MEMORY, mounts: str | None = None) -> Path | None:
    """A folder under `root` that only this user can enter; None without a tmpfs there, without space, or if it is not ours.

    `mounts`: as in /proc/mounts.
    """
    if not _is_tmpfs(root, _mounts() if mounts is None else mounts):
        return None
    folder = _path(settings, root)
    try:
        disk = os.statvfs(root)
        if disk.f_bavail * disk.f_frsize < _MIN_FREE_BYTES:
            return None
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder if _is_private(folder) else None


def empty(folder: Path) -> Path:
    """The same folder, without the files of earlier processes."""
    for old in folder.glob("*.db"):
        old.unlink()
    return folder


def remove(settings: Settings, root: Path = _SHARED_MEMORY) -> None:
    """Removes the folder in shared memory, if it is ours. Harmless to repeat."""
    folder = _path(settings, root)
    if _is_private(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _path(settings: Settings, root: Path) -> Path:
    return root / f"leadlight-{hashlib.sha256(os.fsencode(settings.data.resolve())).hexdigest()[:16]}"


def _is_private(folder: Path) -> bool:
    """Whether it is a folder, not a link, that belongs to this user alone: any user of the machine may create names there."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _is_tmpfs(root: Path, mounts: str) -> bool:
    return any(fields[1:3] == [str(root), "tmpfs"] for fields in map(str.split, mounts.splitlines()))


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text("utf-8")
    except OSError:
        return ""
