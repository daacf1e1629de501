"""Count files: where a process keeps its metrics for all to read, on disk space that is set aside before it is written to.

The library maps a file with holes into memory, and who writes to a hole on a full disk is ended by SIGBUS, whatever it is doing.
"""

import os

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

_BYTES = 1 << 16
_LONGEST_ENTRY = 64
"""Bytes of an entry beside its key."""


class CountFile(MmapedDict):
    """The library's own, with all its blocks allocated. Where the disk has no room it lives in memory: it counts, and nobody reads it."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:  # noqa: FBT001, FBT002 - as the library calls it
        try:
            if not read_mode:
                _allocate(filename)
            super().__init__(filename, read_mode)  # type: ignore[no-untyped-call]
        except OSError:
            if read_mode:
                raise
            self._into_memory(b"")

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + _LONGEST_ENTRY > self._capacity:
            try:
                os.posix_fallocate(self._f.fileno(), 0, 2 * self._capacity)
            except OSError:
                self._into_memory(bytes(self._m[: self._used]))
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _into_memory(self, kept: bytes) -> None:
        memory = os.memfd_create("leadlight-metrics")
        try:
            os.write(memory, kept)
            os.ftruncate(memory, max(_BYTES, 2 * len(kept)))
            super().__init__(f"/proc/self/fd/{memory}")  # type: ignore[no-untyped-call]
        finally:
            os.close(memory)


def _allocate(filename: str) -> None:
    handle = os.open(filename, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(handle).st_size < _BYTES:
            os.posix_fallocate(handle, 0, _BYTES)
    except OSError:
        os.unlink(filename)  # noqa: PTH108 - readers stumble over an empty one
        raise
    finally:
        os.close(handle)


def use() -> None:
    """From now on the library keeps its values in such files. Called before any metric is made."""
    values.MmapedDict = CountFile  # type: ignore[attr-defined]  # it has no setting for it
