"""The list of withdrawn ids: sorted hashes of 16 bytes beside the policy. Written by workers.drain, read by the edge.

The file has no header and is replaced as a whole. A reader maps it and bisects, so that a new list of any length takes effect
without being parsed.
"""

import mmap
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

from tracker.base.settings import Settings
from tracker.domain.privacy.withdrawn import HASH_BYTES
from tracker.spool.mapped_file import WatchedFile, mapped, replace

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
    return HashList(mapped(path, HASH_BYTES))


def write(pieces: Iterable[bytes], path: Path) -> None:
    """Replaces the file by these pieces, which are hashes in ascending order. Raises OSError; the former list stays then."""
    replace(pieces, path, HASH_BYTES * _AT_ONCE)


class WithdrawnIds(WatchedFile[HashList]):
    """The list as this process knows it; without a file nothing is listed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, opened, HashList())
