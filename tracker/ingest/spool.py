"""The spool's files: how they are named, found, read and put away. Written by `ingest.writer` in the edge, emptied by workers.drain.

A file is an SQLite database in WAL mode with one table, `rows(seq, body)`. Beside `<name>.db` stand `-wal` and `-shm` (SQLite's),
`.lock` (held by the process that writes) and `.mark` (how far the drain has come). A file nobody holds is finished, or an orphan;
both are read to the end and unlinked whole, since SQLite cannot delete rows on a full disk.
"""

import fcntl
import os
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from tracker.base.errors import LeadlightError, Malformed
from tracker.base.settings import Settings
from tracker.domain.captures import Capture

SCHEMA = "CREATE TABLE rows(seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"
_SIDECARS = ("-wal", "-shm", ".mark", ".lock")
_BUSY_SECONDS = 2.0
PAGE = 4096
"""Bytes of a page, in files of ours."""
_LOG_HEAD, _FRAME_HEAD = 32, 24
"""Bytes before the first frame of SQLite's log, and before the page in each: https://sqlite.org/fileformat2.html#walformat"""
_decoder = msgspec.json.Decoder(Capture)
encode = msgspec.json.Encoder().encode
"""A capture as one row's body."""


class Unreadable(LeadlightError):
    """SQLite could not read this file now: out of handles, a disk that answers with errors. Another try may do."""


class Corrupt(Unreadable):
    """SQLite cannot read this file any more; see `quarantine`."""


def decode(body: bytes) -> Capture:
    """The capture in a row. Raises Malformed(bad_row) for a poison row; the rest of the file is fine."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, TypeError) as error:
        raise Malformed("bad_row") from error


def wake_path(settings: Settings) -> Path:
    """The datagram socket the drain binds; the edge sends one byte there after each commit."""
    return settings.run_dir / "drain.wake"


def files(spool_dir: Path) -> list[Path]:
    """All spool files, oldest first."""
    return sorted(spool_dir.glob("*.db"))


def read(file: Path, after_seq: int, limit: int) -> list[tuple[int, bytes]]:
    """Up to `limit` committed rows past `after_seq`, in order. Raises Unreadable, or FileNotFoundError if it was unlinked."""
    if not file.exists():
        raise FileNotFoundError(file)
    try:
        with closing(connect(file)) as connection:
            rows = connection.execute("SELECT seq, body FROM rows WHERE seq > ? ORDER BY seq LIMIT ?", (after_seq, limit))
            return rows.fetchall()
    except sqlite3.DatabaseError as error:
        if _is_unfinished(error):
            return []
        raise _told(file, error) from error


def connect(file: Path) -> sqlite3.Connection:
    """A connection that only reads; the caller closes it. The drain may keep one open per live file."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def last_seq(file: Path) -> int:
    """The greatest sequence number in the file; 0 when it is empty. Raises Unreadable, or FileNotFoundError."""
    try:
        with closing(connect(file)) as connection:
            found = connection.execute("SELECT max(seq) FROM rows").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if _is_unfinished(error):
            return 0
        raise _told(file, error) from error
    return int(found or 0)


def is_orphan(file: Path) -> bool:
    """Whether no process writes to this file any more, be it rotated or left by a killed one."""
    try:
        handle = os.open(_beside(file, ".lock"), os.O_RDWR)
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
    """Removes a finished file and all that stands beside it. Harmless to repeat."""
    for path in (file, *(_beside(file, sidecar) for sidecar in _SIDECARS)):
        path.unlink(missing_ok=True)


def quarantine(file: Path) -> Path:
    """Moves a corrupt file, with all that stands beside it, out of the drain's way; returns where to."""
    folder = file.parent / "quarantine"
    folder.mkdir(exist_ok=True)
    for sidecar in (*_SIDECARS, ""):
        path = _beside(file, sidecar)
        if path.exists():
            path.replace(folder / path.name)
    return folder / file.name


def salvage(file: Path, after_seq: int) -> Iterator[tuple[int, bytes]]:
    """The rows of a corrupt file that can still be read: from the front to the damage, then from the back to it."""
    seen = after_seq
    for order, bound in (("ASC", "seq > ?"), ("DESC", "seq > ?")):
        try:
            with closing(connect(file)) as connection:
                for seq, body in connection.execute(f"SELECT seq, body FROM rows WHERE {bound} ORDER BY seq {order}", (seen,)):  # noqa: S608 - both parts are constants
                    if order == "ASC":
                        seen = seq
                    yield seq, body
        except sqlite3.DatabaseError:
            continue
        return


class Watermarks:
    """How far each file has been drained, kept beside it. Losing one only means that rows are read again."""

    def get(self, file: Path) -> int:
        """The last drained sequence number; 0 if none."""
        try:
            return int(_beside(file, ".mark").read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def set(self, file: Path, seq: int) -> None:
        """Remembers that everything up to `seq` is in the store. Raises OSError when the disk is full: then it is read again."""
        mark = _beside(file, ".mark")
        fresh = mark.with_name(f".{mark.name}.{secrets.token_hex(3)}")
        try:
            fresh.write_text(str(seq), "ascii")
            fresh.replace(mark)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise


def lock_path(file: Path) -> Path:
    """The lock that the file's writer holds."""
    return _beside(file, ".lock")


def log_path(file: Path) -> Path:
    """SQLite's log, where everything stands that was committed."""
    return _beside(file, "-wal")


def frame_at(size: int) -> int:
    """Where in a log the last frame begins that fits into `size` bytes. Its first four bytes are null as long as nothing was written there."""
    return _LOG_HEAD + max(0, (size - _LOG_HEAD) // (PAGE + _FRAME_HEAD) - 1) * (PAGE + _FRAME_HEAD)


def _beside(file: Path, sidecar: str) -> Path:
    return file.with_name(f"{file.name}{sidecar}")


def is_torn(file: Path) -> bool:
    """Whether the log of a finished file holds whole commits that SQLite will not read, since something before them is damaged.

    A commit that was cut short by a kill is none: nobody was answered for it.
    """
    try:
        with closing(connect(file)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            index = _beside(file, "-shm").read_bytes()[:20]
        log = _beside(file, "-wal").open("rb")
    except FileNotFoundError:
        return False  # closed in good order: there is no log
    except sqlite3.DatabaseError:
        return True
    with log:
        salts = log.read(_LOG_HEAD)[16:24]
        page, last = int.from_bytes(index[14:16], sys.byteorder), int.from_bytes(index[16:20], sys.byteorder)
        end = os.fstat(log.fileno()).st_size
        for start in range(_LOG_HEAD + last * (page + _FRAME_HEAD), end - page - _FRAME_HEAD + 1, page + _FRAME_HEAD):
            log.seek(start)
            head = log.read(_FRAME_HEAD)
            if head[8:16] == salts and any(head[4:8]):
                return True
    return False


def _is_unfinished(error: sqlite3.DatabaseError) -> bool:
    """A file of this very moment: its writer has not made the table yet."""
    return isinstance(error, sqlite3.OperationalError) and "no such table" in str(error)


def _told(file: Path, error: sqlite3.DatabaseError) -> Exception:
    """What the caller is told of an error: the file is gone, cannot be read now, or never again."""
    if not file.exists():
        return FileNotFoundError(file)
    is_damage = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return (Corrupt if is_damage else Unreadable)(f"{file.name}: {error}")
