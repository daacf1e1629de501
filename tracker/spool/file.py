"""One spool file being written: rows appended, synced, given up. Used by `writer` in the edge, and by whoever fills a spool at once."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture
from tracker.spool import layout
from tracker.spool import reader as reading
from tracker.spool import room as rooms

ROTATE_BYTES = 32 * 1024 * 1024
ROTATE_SECONDS = 600.0
_MOST_ROWS = 256
_INSERTS = tuple("INSERT INTO rows(body) VALUES " + ",".join(["(?)"] * n) for n in range(_MOST_ROWS + 1))  # noqa: S608 - placeholders only


class SpoolFile:
    """One file and its lock. What was appended survives the death of any process; once `log` is synced, a power cut too.

    Appending is for one thread; another may close.
    """

    def __init__(self, spool_dir: Path, room: int = 0) -> None:
        """`room`: how many bytes of its log to write beforehand, which makes syncing quick and costs some thirty milliseconds a megabyte now.

        Raises sqlite3.Error or OSError where there is no room, or no folder that can be written to.
        """
        spool_dir.mkdir(parents=True, exist_ok=True)
        self.path = spool_dir / f"{new_id()}.db"
        self.size = 0
        self.born = time.monotonic()
        self._room = room
        with ExitStack() as undone:
            undone.callback(layout.unlink, self.path)
            self._lock = os.open(layout.lock_path(self.path), os.O_RDWR | os.O_CREAT, 0o600)
            undone.callback(os.close, self._lock)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._connection = _open(self.path)
            undone.callback(self._connection.close)
            # Another handle of SQLite's log does no harm: its locks are on the file itself and on the index.
            self.log = os.open(layout.log_path(self.path), os.O_RDWR)
            undone.callback(os.close, self.log)
            is_there = room > 0 and rooms.write(self.log, room) == room
            self._late = layout.frame_at(room * 3 // 4) if is_there else None
            undone.pop_all()

    def append(self, bodies: Sequence[bytes]) -> None:
        """Commits the rows, all or none of each 256. Raises sqlite3.Error."""
        for start in range(0, len(bodies), _MOST_ROWS):
            part = bodies[start : start + _MOST_ROWS]
            self._connection.execute(_INSERTS[len(part)], part)  # one statement is one transaction, and one page or two of the log
            self.size += sum(map(len, part))

    @property
    def is_full(self) -> bool:
        """Time to begin a new one, so that the drain can unlink this, or since its log will soon have to grow."""
        return self.size > ROTATE_BYTES or (self.size > 0 and time.monotonic() - self.born > ROTATE_SECONDS) or self._is_room_used

    @property
    def next_room(self) -> int:
        """The `room` for the file after this one."""
        return rooms.after(self._room, was_used_up=self._is_room_used) if self._room else 0

    @property
    def _is_room_used(self) -> bool:
        """Whether the log has come so far that a new file, with room of its own, has to be begun now to be there in time."""
        if self._late is None:
            return False
        try:
            return any(os.pread(self.log, 4, self._late))
        except OSError:
            return True  # a log that cannot be read is none to go on with

    def close(self) -> None:
        """Gives the file up; from now on the drain takes it for finished. Raises sqlite3.Error; given up it is in any case."""
        try:
            os.close(self.log)
            with ExitStack() as held:
                # SQLite's last writer copies the whole log into the file, which nobody needs and for which the disk would be busy
                # when leads wait for it; while somebody reads, it does not.
                with suppress(sqlite3.Error):
                    reader = held.enter_context(closing(reading.connect(self.path)))
                    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
                self._connection.close()
        finally:
            os.close(self._lock)

    def give_up(self) -> None:
        """As `close`, whatever fails: the lock is gone, the drain takes the file for finished, and its log is read as it stands."""
        with suppress(sqlite3.Error):
            self.close()


def write_file(spool_dir: Path, captures: Sequence[Capture]) -> Path:
    """A finished spool file with these captures, for tools and tests; the drain takes it as it takes any other."""
    return write_rows(spool_dir, [layout.encode(capture) for capture in captures])


def write_rows(spool_dir: Path, bodies: Sequence[bytes]) -> Path:
    """A finished spool file with these rows as they are, on disk."""
    file = SpoolFile(spool_dir)
    try:
        file.append(bodies)
        os.fdatasync(file.log)
    finally:
        file.close()
    return file.path


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_MOST_ROWS + 8)
    try:
        connection.execute(f"PRAGMA page_size={layout.PAGE}").close()
        connection.execute("PRAGMA journal_mode=WAL").close()
        # SQLite writes its log and leaves syncing it to us, who do that beside the traffic.
        connection.execute("PRAGMA synchronous=NORMAL").close()
        # A checkpoint in the middle of the traffic would make leads wait; the file is rotated before its log grows long.
        connection.execute("PRAGMA wal_autocheckpoint=0").close()
        connection.execute(layout.SCHEMA).close()
        _sync_folder(path.parent)
    except BaseException:
        connection.close()
        raise
    return connection


def _sync_folder(folder: Path) -> None:
    """A file whose name is not on disk is lost with all that is in it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
