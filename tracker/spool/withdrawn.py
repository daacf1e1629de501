"""The list of withdrawn ids: sorted hashes of 16 bytes beside the policy. Written by workers.drain, read by the edge.

The file has no header and is replaced as a whole. A reader maps it and bisects, so that a new list of any length takes effect
without being parsed.
"""

import mmap
import os
import secrets
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

from tracker.base.settings import Settings
from tracker.domain.privacy.withdrawn import HASH_BYTES

_RECHECK_SECONDS = 0.1
_AT_ONCE = 65_536
"""Hashes written in one call."""


def path_of(settings: Settings) -> Path:
    """The path of the list."""
    return settings.spool_dir / "withdrawn.ids"


class HashList(Sequence[bytes]):
    """The hashes in bytes or in mapped memory, in ascending order."""

    def __init__(self, content: bytes | mmap.mmap = b"") -> None:
        self._content = content
        self._length = len(content) // HASH_BYTES

    def __len__(self) -> int:
        """How many hashes there are."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> "HashList": ...
    def __getitem__(self, index: int | slice) -> "bytes | HashList":
        """One hash, or a list of several."""
        if isinstance(index, slice):
            start, stop, _ = index.indices(self._length)
            return HashList(self._content[start * HASH_BYTES : stop * HASH_BYTES])
        if not 0 <= index < self._length:
            raise IndexError(index)
        return self._content[index * HASH_BYTES : (index + 1) * HASH_BYTES]

    def __contains__(self, value: object) -> bool:
        """Whether the hash is listed, by bisection."""
        if not isinstance(value, bytes):
            return False
        at = bisect_left(self, value)
        return at < self._length and self[at] == value

    def changed(self, added: Iterable[bytes], removed: Iterable[bytes]) -> Iterator[bytes]:
        """The content of the list after a change, in pieces; the list itself stays as it is."""
        start = 0
        for value, is_added in sorted([(value, True) for value in set(added)] + [(value, False) for value in set(removed)]):
            at = bisect_left(self, value, start)
            is_listed = at < self._length and self[at] == value
            yield self._content[start * HASH_BYTES : at * HASH_BYTES]
            if is_added:
                yield value
            start = at + is_listed
        yield self._content[start * HASH_BYTES : self._length * HASH_BYTES]


def opened(path: Path) -> HashList:
    """The list in the file, mapped; empty if there is none. Raises OSError."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return HashList(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)) if size >= HASH_BYTES else HashList()
    except FileNotFoundError:
        return HashList()


def write(pieces: Iterable[bytes], path: Path) -> None:
    """Replaces the file by these pieces, which are hashes in ascending order. Raises OSError; the former list stays then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("wb", buffering=HASH_BYTES * _AT_ONCE) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


class WithdrawnIds:
    """The list as this process knows it. Checks the file ten times a second; never raises: without a file nothing is listed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._next_look = 0.0
        self._list = HashList()
        self.version = 0
        """How often the list has changed since the start."""

    def current(self) -> HashList:
        """The list in force now."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _RECHECK_SECONDS
            self._look()
        return self._list

    def _look(self) -> None:
        try:
            found = self._path.stat()
            stamp = found.st_mtime_ns, found.st_ino
            if stamp != self._stamp:
                self._list, self._stamp = opened(self._path), stamp
                self.version += 1
        except FileNotFoundError:
            self._list, self._stamp = HashList(), None
        except (OSError, ValueError):  # no memory to map it: the former list stays in force
            return
