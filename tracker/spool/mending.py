"""Mending: the rows behind a damaged place in SQLite's log, where SQLite itself ends its reading. Called by workers.drain.process.

Each frame of the log carries a checksum that goes on from the frame before. Checked against what is stored there, it tells which
frames are whole; these, chained anew in a copy, can be read. Format: https://sqlite.org/fileformat2.html#walformat
"""

import shutil
import struct
import sys
import tempfile
from array import array
from pathlib import Path

from tracker.spool import layout, reader

_HEAD = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_LITTLE, _BIG = 0x377F0682, 0x377F0683
_CHECKED = 8
"""Bytes of a frame's head that its checksum covers, besides the page."""
_WORD = 0xFFFFFFFF
_PREFIX = ".mend-"

Sum = tuple[int, int]


def rows_behind(file: Path, after_seq: int) -> list[tuple[int, bytes]]:
    """The rows past `after_seq` that can be read once the damaged frames of the file's log are left out.

    The file itself is not touched. None where the log's own head is spoiled. Raises OSError, for instance without room for a copy.
    """
    log = layout.log_path(file).read_bytes()
    mended = _mended(log)
    if mended is None:
        return []
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=file.parent) as folder:
        copy = Path(folder) / file.name
        shutil.copyfile(file, copy)
        layout.log_path(copy).write_bytes(mended)
        return list(reader.salvage(copy, after_seq))


def clear(spool_dir: Path) -> None:
    """Removes the copies that a killed process left behind."""
    for folder in spool_dir.glob(f"{_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _mended(log: bytes) -> bytes | None:
    """The log with its whole frames only, up to the last commit; None if there is nothing to go by."""
    if len(log) < _HEAD.size:
        return None
    magic, _, page, _, _, _, *stored = _HEAD.unpack_from(log)
    head = log[: _HEAD.size]
    if magic not in (_LITTLE, _BIG) or _sum(magic, (0, 0), head[:24]) != tuple(stored):
        return None
    size = _FRAME.size + page
    used = len(log.rstrip(b"\0"))  # behind it only the room written beforehand; a page may end with nulls of its own
    log = log[: _HEAD.size + -(-max(0, used - _HEAD.size) // size) * size]
    frames = [log[start : start + size] for start in range(_HEAD.size, len(log) - size + 1, size)]
    return head + _chained(magic, head, _whole(magic, (stored[0], stored[1]), frames))


def _whole(magic: int, start: Sum, frames: list[bytes]) -> list[bytes]:
    """Those that are as they were written, up to the last commit among them."""
    is_whole: list[bool] = []
    before = {start}
    for number, frame in enumerate(frames):
        page, _, _, _, *checksum = _FRAME.unpack_from(frame)
        stored = (checksum[0], checksum[1])
        found = {one: _sum(magic, one, frame[:_CHECKED] + frame[_FRAME.size :]) for one in before}
        # Nulls, as a power cut leaves them, sum to nulls: but there is no page 0.
        fits = [one for one, value in found.items() if value == stored and page]
        if fits and number and fits[0] not in {_FRAME.unpack_from(frames[number - 1])[4:], start}:
            is_whole[-1] = True  # of the frame before only the checksum itself was spoiled
        is_whole.append(bool(fits))
        # A spoiled frame may have kept its checksum, or it may be that which is spoiled.
        before = {stored} if fits else {stored, next(iter(found.values()))}
    whole = [frame for frame, good in zip(frames, is_whole, strict=True) if good]
    while whole and not _FRAME.unpack_from(whole[-1])[1]:
        whole.pop()
    return whole


def _chained(magic: int, head: bytes, frames: list[bytes]) -> bytes:
    _, _, _, _, *salts, one, two = _HEAD.unpack(head)
    parts = []
    for frame in frames:
        page, commit, *_ = _FRAME.unpack_from(frame)
        one, two = _sum(magic, (one, two), frame[:_CHECKED] + frame[_FRAME.size :])
        parts.append(_FRAME.pack(page, commit, *salts, one, two) + frame[_FRAME.size :])
    return b"".join(parts)


def _sum(magic: int, before: Sum, data: bytes) -> Sum:
    words = array("I", data)
    if (magic == _BIG) != (sys.byteorder == "big"):
        words.byteswap()
    one, two = before
    for index in range(0, len(words), 2):
        one = (one + words[index] + two) & _WORD
        two = (two + words[index + 1] + one) & _WORD
    return one, two
