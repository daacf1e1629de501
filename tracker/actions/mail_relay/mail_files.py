"""The files of former versions, which kept the bytes of each accepted mail as a file under DATA/mail. None is written any more."""

import contextlib
from datetime import datetime
from pathlib import Path

from tracker.base.settings import Settings


def read(settings: Settings, mail: str) -> bytes | None:
    """The bytes; None if there is no file. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        return (_folder(settings) / mail).read_bytes()
    return None


def remove(settings: Settings, mail: str) -> None:
    """Removes the file, if it is still there."""
    (_folder(settings) / mail).unlink(missing_ok=True)


def names(settings: Settings, before: datetime | None = None) -> list[str]:
    """The names of the files; with `before`, of those that were written earlier."""
    try:
        files = list(_folder(settings).iterdir())
    except FileNotFoundError:
        return []
    return [file.name for file in files if before is None or _written(file) < before.timestamp()]


def _folder(settings: Settings) -> Path:
    return settings.data / "mail"


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:  # removed meanwhile
        return float("inf")
