"""A file that one process replaces as a whole and others map: a new version takes effect without being parsed.

Used by `withdrawn` and `destinations`.
"""

import mmap
import os
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

_RECHECK_SECONDS = 0.1


def mapped(path: Path, least: int) -> bytes | mmap.mmap:
    """The content of the file, mapped; empty if there is none, or fewer bytes than `least`. Raises OSError."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size >= max(least, 1) else b""
    except FileNotFoundError:
        return b""


def replace(pieces: Iterable[bytes], path: Path, buffering: int = -1) -> None:
    """Replaces the file by these pieces. Raises OSError; the former content stays then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("wb", buffering=buffering) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


class WatchedFile(Generic[T]):
    """The content as this process knows it. Checks the file ten times a second; never raises: without a file it is `empty`."""

    def __init__(self, path: Path, read: Callable[[Path], T], empty: T) -> None:
        self._path, self._read, self._empty = path, read, empty
        self._stamp: tuple[int, int] | None = None
        self._next_look = 0.0
        self._content = empty
        self.version = 0
        """How often the content has changed since the start."""

    def current(self) -> T:
        """The content in force now."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _RECHECK_SECONDS
            self._look()
        return self._content

    def _look(self) -> None:
        try:
            found = self._path.stat()
            stamp = found.st_mtime_ns, found.st_ino
            if stamp != self._stamp:
                self._content, self._stamp = self._read(self._path), stamp
                self.version += 1
        except FileNotFoundError:
            self._content, self._stamp = self._empty, None
        except (OSError, ValueError):  # no memory to map it, or not readable: the former content stays in force
            return
