"""The spool's files: how they are named, found and put away. Written by `spool.writer` in the edge, read by `reading`, emptied by
workers.drain.process.

A file is an SQLite database in WAL mode with one table, `rows(seq, body)`. Beside `<name>.db` stand `-wal` and `-shm` (SQLite's),
`.lock` (held by the process that writes) and `.mark` (how far the drain has come). A file nobody holds is finished, or an orphan;
both are read to the end and unlinked whole, since SQLite cannot delete rows on a full disk.
"""

import fcntl
import os
import secrets
from pathlib import Path

import msgspec

from tracker.base.errors import LeadlightError, Malformed
from tracker.base.settings import Settings
from tracker.domain.activity.capture import Capture

SCHEMA = "CREATE TABLE rows(seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"
_SIDECARS = ("-wal", "-shm", ".mark", ".lock")
PAGE = 4096
"""Bytes of a page, in files of ours."""
LOG_HEAD, FRAME_HEAD = 32, 24
"""Bytes before the first frame of SQLite's log, and before the page in each: https://sqlite.org/fileformat2.html#walformat"""
_GREATEST = (1 << 63) - 1
"""SQLite's greatest number."""
_LONGEST = 1 << 20
"""Bytes of a row: no request that the edge takes makes one so long, and MongoDB would not have it."""
_decoder = msgspec.json.Decoder(Capture)
encode = msgspec.json.Encoder().encode
"""A capture as one row's body."""


class Unreadable(LeadlightError):
    """SQLite could not read this file now: out of handles, a disk that answers with errors. Another try may do."""


class Corrupt(Unreadable):
    """SQLite cannot read this file any more; see `quarantine`."""


def decode(body: bytes) -> Capture:
    """The capture in a row. Raises Malformed(bad_row) for a poison row; the rest of the file is fine."""
    if len(body) > _LONGEST:
        raise Malformed("bad_row")
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError, TypeError) as error:
        raise Malformed("bad_row") from error


def wake_path(settings: Settings) -> Path:
    """The datagram socket the drain binds; the edge sends one byte there after each commit."""
    return settings.run_dir / "drain.wake"


def files(spool_dir: Path) -> list[Path]:
    """All spool files, oldest first."""
    return sorted(spool_dir.glob("*.db"))


def is_orphan(file: Path) -> bool:
    """Whether no process writes to this file any more, be it rotated or left by a killed one."""
    try:
        handle = os.open(beside(file, ".lock"), os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def unlink(file: Path) -> None:
    """Removes a finished file and all that stands beside it. Harmless to repeat; who is killed amid it leaves that to `clear`."""
    for part in ("", *_SIDECARS):
        beside(file, part).unlink(missing_ok=True)


def clear(spool_dir: Path) -> None:
    """Removes what stood beside files that are gone: their logs, above all. A lock without a file may be that of one being begun."""
    for sidecar in _SIDECARS:
        for path in spool_dir.glob(f"*.db{sidecar}") if sidecar != ".lock" else ():
            if not path.with_name(path.name.removesuffix(sidecar)).exists():
                path.unlink(missing_ok=True)


def quarantine(file: Path) -> Path:
    """Moves a corrupt file, with all that stands beside it, out of the drain's way; returns where to."""
    folder = file.parent / "quarantine"
    folder.mkdir(exist_ok=True)
    for sidecar in (*_SIDECARS, ""):
        path = beside(file, sidecar)
        if path.exists():
            path.replace(folder / path.name)
    return folder / file.name


class Watermarks:
    """How far each file has been drained, kept beside it. Losing one only means that rows are read again."""

    def get(self, file: Path) -> int:
        """The last drained sequence number; 0 if none."""
        try:
            seq = int(beside(file, ".mark").read_text("ascii"))
        except (OSError, ValueError):
            return 0
        return seq if 0 <= seq <= _GREATEST else 0

    def set(self, file: Path, seq: int) -> None:
        """Remembers that everything up to `seq` is in the store. Raises OSError when the disk is full: then it is read again."""
        mark = beside(file, ".mark")
        fresh = mark.with_name(f".{mark.name}.{secrets.token_hex(3)}")
        try:
            fresh.write_text(str(seq), "ascii")
            fresh.replace(mark)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise


def lock_path(file: Path) -> Path:
    """The lock that the file's writer holds."""
    return beside(file, ".lock")


def log_path(file: Path) -> Path:
    """SQLite's log, where everything stands that was committed."""
    return beside(file, "-wal")


def frame_at(size: int) -> int:
    """Where in a log the last frame begins that fits into `size` bytes. Its first four bytes are null as long as nothing was written there."""
    return LOG_HEAD + max(0, (size - LOG_HEAD) // (PAGE + FRAME_HEAD) - 1) * (PAGE + FRAME_HEAD)


def beside(file: Path, sidecar: str) -> Path:
    """What stands beside a file under its name."""
    return file.with_name(f"{file.name}{sidecar}")
