"""Reading a spool file: its rows in order, what damage has left of them, and whether its log is whole. Used by the drain, the
command line and backups; nothing here changes a file.
"""

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tracker.spool import layout
from tracker.spool.layout import FRAME_HEAD, LOG_HEAD, Corrupt, Unreadable

_BUSY_SECONDS = 2.0
_MOST_OPEN = 8
_LEAST_END = 16
"""Bytes: longer than the shortest thing that stands at the end of a page, a key with the number of the page where it is found."""


class Readers:
    """Files that are read bit by bit, the first few of them kept open until they are closed: opening a finished file reads its whole log.

    For one thread.
    """

    def __init__(self, most: int = _MOST_OPEN) -> None:
        self._most = most
        self._open: dict[Path, sqlite3.Connection] = {}

    def read(self, file: Path, after_seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` committed rows past `after_seq`, in order. Raises Unreadable, or FileNotFoundError if it was unlinked."""
        rows = self._ask(file, "SELECT seq, body FROM rows WHERE seq > ? ORDER BY seq LIMIT ?", after_seq, limit)
        if not all(isinstance(seq, int) for seq, _ in rows):
            raise Corrupt(f"{file.name}: its rows have no numbers")
        return [(seq, _bytes(body)) for seq, body in rows]

    def last_seq(self, file: Path) -> int:
        """The greatest sequence number in the file; 0 when it is empty. Raises Unreadable, or FileNotFoundError."""
        rows = self._ask(file, "SELECT max(seq) FROM rows")
        return rows[0][0] if rows and isinstance(rows[0][0], int) else 0

    def close(self, file: Path) -> None:
        """Lets go of the file. Harmless to repeat."""
        if connection := self._open.pop(file, None):
            connection.close()

    def close_others(self, files: Iterable[Path]) -> None:
        """Lets go of all but these: what somebody else has unlinked takes room as long as it is open."""
        for file in self._open.keys() - set(files):
            self.close(file)

    def _ask(self, file: Path, question: str, *values: int) -> list[Any]:
        if not file.exists():
            self.close(file)
            raise FileNotFoundError(file)
        try:
            connection = self._open.get(file) or connect(file)
            if len(self._open) < self._most:
                self._open[file] = connection
            try:
                return connection.execute(question, values).fetchall()
            finally:
                if file not in self._open:
                    connection.close()
        except sqlite3.DatabaseError as error:
            self.close(file)
            if _is_unfinished(error):
                return []
            raise _told(file, error) from error


def connect(file: Path) -> sqlite3.Connection:
    """A connection that only reads; the caller closes it."""
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.text_factory = bytes  # what damage has made a text of need not be one
    return connection


def read(file: Path, after_seq: int, limit: int) -> list[tuple[int, bytes]]:
    """As `Readers.read`, once."""
    return Readers(most=0).read(file, after_seq, limit)


def last_seq(file: Path) -> int:
    """As `Readers.last_seq`, once."""
    return Readers(most=0).last_seq(file)


def salvage(file: Path, after_seq: int) -> Iterator[tuple[int, bytes]]:
    """The rows of a corrupt file that can still be read: from the front to the damage, then from the back to it."""
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


def is_torn(file: Path) -> bool:
    """Whether the log of a finished file holds whole commits that SQLite will not read, since something before them is damaged.

    A commit that was cut short by a kill is none: nobody was answered for it. Its page ends in the nulls that stood there before, as no
    page of ours does, for they are filled from the end.
    """
    try:
        with closing(connect(file)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            index = layout.beside(file, "-shm").read_bytes()[:20]
        log = layout.log_path(file).open("rb")
    except FileNotFoundError:
        return False  # closed in good order: there is no log
    except sqlite3.DatabaseError:
        return True
    with log:
        salts = log.read(LOG_HEAD)[16:24]
        page, last = int.from_bytes(index[14:16], sys.byteorder), int.from_bytes(index[16:20], sys.byteorder)
        end = os.fstat(log.fileno()).st_size
        for start in range(LOG_HEAD + last * (page + FRAME_HEAD), end - page - FRAME_HEAD + 1, page + FRAME_HEAD):
            log.seek(start)
            head = log.read(FRAME_HEAD)
            if head[8:16] == salts and any(head[4:8]) and any(log.read(page)[-_LEAST_END:]):
                return True
    return False


def _bytes(body: object) -> bytes:
    """A row's body. SQLite checks no types when it reads: of a damaged row there may be nothing, or a number, and no capture."""
    return body if isinstance(body, bytes) else b""


def _is_unfinished(error: sqlite3.DatabaseError) -> bool:
    """A file of this very moment: its writer has not made the table yet."""
    return isinstance(error, sqlite3.OperationalError) and "no such table" in str(error)


def _told(file: Path, error: sqlite3.DatabaseError) -> Exception:
    """What the caller is told of an error: the file is gone, cannot be read now, or never again."""
    if not file.exists():
        return FileNotFoundError(file)
    is_damage = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return (Corrupt if is_damage else Unreadable)(f"{file.name}: {error}")
