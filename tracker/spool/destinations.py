"""The present destinations of personal links that were changed, beside the policy. Written by workers.drain, read by the edge.

The file has 8 bytes with the number of links, then for each link, in ascending order of its hash, the hash (16 bytes), the place
(8 bytes) and length (4 bytes) of its token, then the tokens. A token is a click token with the present destination, signed as any
other. A reader maps the file and bisects.
"""

import mmap
import struct
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

from tracker.base.settings import Settings
from tracker.domain.privacy.withdrawn import HASH_BYTES
from tracker.spool.mapped_file import WatchedFile, mapped, replace

_COUNT = struct.Struct(">Q")
_ENTRY = struct.Struct(f">{HASH_BYTES}sQL")


def path_of(settings: Settings) -> Path:
    """The path of the file."""
    return settings.spool_dir / "destinations.map"


class DestinationMap:
    """The tokens by the hash of their link, in bytes or in mapped memory. Raises ValueError for a file that is not whole."""

    def __init__(self, content: bytes | mmap.mmap = b"") -> None:
        self._content = content
        self._length = _COUNT.unpack_from(content)[0] if len(content) >= _COUNT.size else 0
        if self._length > len(content) // _ENTRY.size:
            raise ValueError("the list of destinations is not whole")

    def __len__(self) -> int:
        """How many links there are."""
        return self._length

    def __getitem__(self, index: int) -> bytes:
        """The hash of one link, for bisection."""
        if not 0 <= index < self._length:
            raise IndexError(index)
        start = _COUNT.size + index * _ENTRY.size
        return self._content[start : start + HASH_BYTES]

    def token_of(self, link: bytes) -> bytes | None:
        """The token of the link with this hash; None if it leads where it led at first, or if the file is damaged."""
        at = bisect_left(self, link)
        if at >= self._length or self[at] != link:
            return None
        _, place, length = _ENTRY.unpack_from(self._content, _COUNT.size + at * _ENTRY.size)
        return self._content[place : place + length] or None


def opened(path: Path) -> DestinationMap:
    """The links in the file. Raises OSError, and ValueError for a file that is not whole."""
    return DestinationMap(mapped(path, _COUNT.size))


def write(tokens: Iterable[tuple[bytes, bytes]], path: Path) -> None:
    """Replaces the file by these links: hash and token, in ascending order. Raises OSError; the former file stays then."""
    found = list(tokens)
    entries, place = [], _COUNT.size + len(found) * _ENTRY.size
    for link, token in found:
        entries.append(_ENTRY.pack(link, place, len(token)))
        place += len(token)
    replace([_COUNT.pack(len(found)), *entries, *(token for _, token in found)], path)


class Destinations(WatchedFile[DestinationMap]):
    """The links as this process knows them; without a file every link leads where it led at first."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, opened, DestinationMap())
