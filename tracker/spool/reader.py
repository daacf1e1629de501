"""Reader of spool files: rows in order, and the readable rows of a damaged file. Used by the drain, the command line and backups.

Nothing here changes a file.
"""

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tracker.spool import layout
from tracker.spool.layout import FRAME_HEADER, LOG_HEADER, Corrupt, Unreadable

_BUSY_SECONDS = 2.0
_MAX_OPEN = 8
_PAGE_END = 16
"""Bytes at the end of a page that are never all null: SQLite fills a page from its end."""


class Readers:
    """Reads files in batches and keeps the first few open, since to open a finished file SQLite reads its whole log. For one thread."""

    def __init__(self, max_open: int = _MAX_OPEN) -> None:
        self._max_open = max_open
        self._open: dict[Path, sqlite3.Connection] = {}

    def read(self, file: Path, after_seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` committed rows past `after_seq`, in order. Raises Unreadable, or FileNotFoundError if it was unlinked."""
        rows = self._query(file, "SELECT seq, body FROM rows WHERE seq > ? ORDER BY seq LIMIT ?", after_seq, limit)
        if not all(isinstance(seq, int) for seq, _ in rows):
            raise Corrupt(f"{file.name}: its rows have no sequence numbers")
        return [(seq, _bytes(body)) for seq, body in rows]

    def last_seq(self, file: Path) -> int:
        """The greatest sequence number in the file; 0 when it is empty. Raises Unreadable, or FileNotFoundError."""
        rows = self._query(file, "SELECT max(seq) FROM rows")
        return rows[0][0] if rows and isinstance(rows[0][0], int) else 0

    def close(self, file: Path) -> None:
        """Closes the file. Harmless to repeat."""
        if connection := self._open.pop(file, None):
            connection.close()

    def close_others(self, files: Iterable[Path]) -> None:
        """Closes all but these: an unlinked file uses disk space as long as it is open."""
        for file in self._open.keys() - set(files):
            self.close(file)

    def _query(self, file: Path, sql: str, *values: int) -> list[Any]:
        if not file.exists():
            self.close(file)
            raise FileNotFoundError(file)
        try:
            connection = self._open.get(file) or connect(file)
            if len(self._open) < self._max_open:
                self._open[file] = connection
            try:
                return connection.execute(sql, values).fetchall()
            finally:
                if file not in self._open:
                    connection.close()
        except sqlite3.DatabaseError as error:
            self.close(file)
            if _is_unfinished(error):
                return []
            raise _as_error(file, error) from error


def connect(file: Path) -> sqlite3.Connection:
    """A read-only connection; the caller closes it."""
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.text_factory = bytes  # a damaged value may be marked as text without being valid UTF-8
    return connection


def read(file: Path, after_seq: int, limit: int) -> list[tuple[int, bytes]]:
    """As `Readers.read`, once."""
    return Readers(max_open=0).read(file, after_seq, limit)


def last_seq(file: Path) -> int:
    """As `Readers.last_seq`, once."""
    return Readers(max_open=0).last_seq(file)


def salvage(file: Path, after_seq: int) -> Iterator[tuple[int, bytes]]:
    """The readable rows of a damaged file: from the start up to the damage, then from the end back to it."""
    seen = after_seq
    for order, bound in (("ASC", "seq > ?"), ("DESC", "seq > ?")):
        try:
            with closing(connect(file)) as connection:
                for seq, body in connection.execute(f"SELECT seq, body FROM rows WHERE {bound} ORDER BY seq {order}", (seen,)):  # noqa: S608 - both parts are constants
                    if not isinstance(seq, int):
                        continue
                    if order == "ASC":
                        seen = seq
                    yield seq, _bytes(body)
        except sqlite3.DatabaseError:
            continue
        return


def has_unread_commits(file: Path) -> bool:
    """Whether the log of a finished file holds whole commits that SQLite does not read, since a frame before them is damaged.

    SQLite ends at such a frame without an error. A commit that a kill cut short is none of these: no caller was told that it was
    safe. Its page ends in the nulls of the preallocated log. Raises Unreadable, or FileNotFoundError.
    """
    try:
        with closing(connect(file)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            index = layout.beside(file, "-shm").read_bytes()[:20]
        log = layout.log_path(file).open("rb")
    except FileNotFoundError:
        return False  # an orderly close removed the log
    except sqlite3.DatabaseError as error:
        raise _as_error(file, error) from error
    with log:
        salts = log.read(LOG_HEADER)[16:24]
        page, frames_read = int.from_bytes(index[14:16], sys.byteorder), int.from_bytes(index[16:20], sys.byteorder)
        frame = FRAME_HEADER + page
        for start in range(LOG_HEADER + frames_read * frame, os.fstat(log.fileno()).st_size - frame + 1, frame):
            log.seek(start)
            header = log.read(FRAME_HEADER)
            if header[8:16] == salts and any(header[4:8]) and any(log.read(page)[-_PAGE_END:]):
                return True
    return False


def _bytes(body: object) -> bytes:
    """A row's body. SQLite does not check types when it reads: the body of a damaged row may be NULL or a number."""
    return body if isinstance(body, bytes) else b""


def _is_unfinished(error: sqlite3.DatabaseError) -> bool:
    """Whether the writer has not created the table yet."""
    return isinstance(error, sqlite3.OperationalError) and "no such table" in str(error)


def _as_error(file: Path, error: sqlite3.DatabaseError) -> Exception:
    """FileNotFoundError if the file is gone, Corrupt if it is damaged, else Unreadable."""
    if not file.exists():
        return FileNotFoundError(file)
    is_damage = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return (Corrupt if is_damage else Unreadable)(f"{file.name}: {error}")
