"""The bytes of accepted mails: one file each under DATA/mail. Written durably before the client hears that the mail is kept."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from tracker.base.settings import Settings

_PART = ".part"
_ORPHANED = timedelta(days=1)
"""A file without a row belongs to a client that never got an answer."""


def folder_of(settings: Settings) -> Path:
    """The folder of the files; created at first use."""
    return settings.data / "mail"


def write(settings: Settings, mail: str, raw: bytes) -> None:
    """Writes the file, and returns once it would survive a power failure. Raises OSError."""
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part, name = folder / f"{mail}{_PART}", folder / mail
    try:
        with part.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.rename(name)
        _sync_folder(folder)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def read(settings: Settings, mail: str) -> bytes:
    """The bytes. Raises FileNotFoundError, OSError."""
    return (folder_of(settings) / mail).read_bytes()


def remove(settings: Settings, mail: str) -> None:
    """Removes the file, if it is still there."""
    (folder_of(settings) / mail).unlink(missing_ok=True)


def old_files(settings: Settings, now: datetime) -> list[str]:
    """The names of files that are old enough to have lost their row."""
    before = (now - _ORPHANED).timestamp()
    folder = folder_of(settings)
    if not folder.is_dir():
        return []
    return [file.name for file in folder.iterdir() if file.stat().st_mtime < before]


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
