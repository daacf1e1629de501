"""Layout of the spool: the names, states and row format of its files. Written by `writer` in the edge, read and removed by workers.drain.

A file is an SQLite database in WAL mode with one table, `rows(seq, body)`. Beside `<name>.db` are `-wal` and `-shm` (SQLite's),
`.lock` (locked by the process that writes) and `.mark` (the drain's position). A file without a lock is finished, or was left by a
killed process. The drain reads it to the end and unlinks it as a whole, since SQLite cannot delete rows on a full disk.
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
"""Page size in bytes of the files that the edge writes."""
LOG_HEADER, FRAME_HEADER = 32, 24
"""Bytes before the first frame of SQLite's log, and before the page in each: https://sqlite.org/fileformat2.html#walformat"""
_MAX_SEQ = (1 << 63) - 1
_MAX_BODY = 1 << 20
"""Bytes. No request that the edge accepts makes a longer row, and MongoDB would refuse it."""
_decoder = msgspec.json.Decoder(Capture)
encode = msgspec.json.Encoder().encode
"""A capture as one row's body."""


class Unreadable(LeadlightError):
    """SQLite cannot read this file now, for instance without free file handles. A retry may succeed."""


class Corrupt(Unreadable):
    """SQLite reports that this file is damaged; see `quarantine`."""


def decode(body: bytes) -> Capture:
    """The capture in a row. Raises Malformed(bad_row) for a poison row, which does not affect the other rows."""
    if len(body) > _MAX_BODY:
        raise Malformed("bad_row")
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError, TypeError) as error:
        raise Malformed("bad_row") from error


def wake_path(settings: Settings) -> Path:
    """The drain's datagram socket; see `notify`."""
    return settings.run_dir / "drain.wake"


def files(spool_dir: Path) -> list[Path]:
    """All spool files, oldest first."""
    return sorted(spool_dir.glob("*.db"))


def is_orphan(file: Path) -> bool:
    """Whether no process writes to this file any more: it was rotated, or its process was killed."""
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
    """Removes a finished file and its sidecars. Harmless to repeat; if interrupted, `remove_orphaned_sidecars` does the rest."""
    for part in ("", *_SIDECARS):
        beside(file, part).unlink(missing_ok=True)


def remove_orphaned_sidecars(spool_dir: Path) -> None:
    """Removes the logs and marks of files that are gone. Locks stay: one without a file may belong to a file being created."""
    for sidecar in _SIDECARS:
        for path in spool_dir.glob(f"*.db{sidecar}") if sidecar != ".lock" else ():
            if not path.with_name(path.name.removesuffix(sidecar)).exists():
                path.unlink(missing_ok=True)


def quarantine(file: Path) -> Path:
    """Moves a damaged file and its sidecars to the folder `quarantine`; returns the new path."""
    folder = file.parent / "quarantine"
    folder.mkdir(exist_ok=True)
    for sidecar in (*_SIDECARS, ""):
        path = beside(file, sidecar)
        if path.exists():
            path.replace(folder / path.name)
    return folder / file.name


class Watermarks:
    """The drain's position in each file, stored beside it. If one is lost, rows are read again, which is harmless."""

    def get(self, file: Path) -> int:
        """The sequence number of the last stored row; 0 if none."""
        try:
            seq = int(beside(file, ".mark").read_text("ascii"))
        except (OSError, ValueError):
            return 0
        return seq if 0 <= seq <= _MAX_SEQ else 0

    def set(self, file: Path, seq: int) -> None:
        """Records that everything up to `seq` is stored. Raises OSError if the disk is full; the rows are read again then."""
        mark = beside(file, ".mark")
        new = mark.with_name(f".{mark.name}.{secrets.token_hex(3)}")
        try:
            new.write_text(str(seq), "ascii")
            new.replace(mark)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def lock_path(file: Path) -> Path:
    """The lock file, which the writer keeps locked."""
    return beside(file, ".lock")


def log_path(file: Path) -> Path:
    """SQLite's log (WAL), which holds the committed rows."""
    return beside(file, "-wal")


def last_frame_within(size: int) -> int:
    """Offset of the last frame that fits into the first `size` bytes of a log. Its first four bytes are null until it is written."""
    return LOG_HEADER + max(0, (size - LOG_HEADER) // (PAGE + FRAME_HEADER) - 1) * (PAGE + FRAME_HEADER)


def beside(file: Path, sidecar: str) -> Path:
    """The path of a file's sidecar, such as `.mark`."""
    return file.with_name(f"{file.name}{sidecar}")
