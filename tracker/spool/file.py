"""One spool file that is being written: append rows, sync, close. Used by `rotation` in the edge, and by tools that write a whole file."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture
from tracker.spool import layout, reader

ROTATE_BYTES = 32 * 1024 * 1024
ROTATE_SECONDS = 600.0
PREALLOCATED_BYTES = 8 * 1024 * 1024
"""Size of a log that is preallocated. A host under full load fills it in some seconds."""
_MAX_ROWS = 256
_INSERTS = tuple("INSERT INTO rows(body) VALUES " + ",".join(["(?)"] * n) for n in range(_MAX_ROWS + 1))  # noqa: S608 - placeholders only
_SLICE = bytes(512 * 1024)
_MIN_FREE = 8
"""A disk with less free space than this many times the preallocated size is left alone: a slow sync costs time, a full disk events."""


class SpoolFile:
    """One file and its lock. Appended rows survive the death of any process; once `log` is synced, a power failure too.

    Only one thread may append; another may close.
    """

    def __init__(self, spool_dir: Path, preallocate: int = 0, pause: float = 0.0) -> None:
        """`preallocate`: how many bytes of the log to write in advance, with a `pause` in seconds after each slice; see `preallocated`.

        Raises sqlite3.Error or OSError if the disk is full or the folder cannot be written.
        """
        spool_dir.mkdir(parents=True, exist_ok=True)
        self.path = spool_dir / f"{new_id()}.db"
        self.size = 0
        self._created = time.monotonic()
        with ExitStack() as on_error:
            on_error.callback(layout.unlink, self.path)
            self._lock = os.open(layout.lock_path(self.path), os.O_RDWR | os.O_CREAT, 0o600)
            on_error.callback(os.close, self._lock)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._connection = _open(self.path)
            on_error.callback(self._connection.close)
            # A second handle of SQLite's log does no harm: SQLite's locks are on the database file and on the index.
            self.log = os.open(layout.log_path(self.path), os.O_RDWR)
            on_error.callback(os.close, self.log)
            is_preallocated = preallocate > 0 and preallocated(self.log, preallocate, pause) == preallocate
            self._rotate_at = layout.last_frame_within(preallocate * 3 // 4) if is_preallocated else None
            on_error.pop_all()

    def append(self, bodies: Sequence[bytes]) -> None:
        """Commits the rows, in transactions of at most 256. Raises sqlite3.Error."""
        for start in range(0, len(bodies), _MAX_ROWS):
            part = bodies[start : start + _MAX_ROWS]
            self._connection.execute(_INSERTS[len(part)], part)  # one statement is one transaction, and one or two pages of the log
            self.size += sum(map(len, part))

    @property
    def is_full(self) -> bool:
        """Whether the next file is due: the drain can only unlink whole files, and a log that grows makes syncs slow."""
        return self.size > ROTATE_BYTES or (self.size > 0 and time.monotonic() - self._created > ROTATE_SECONDS) or self._is_log_used

    @property
    def _is_log_used(self) -> bool:
        """Whether three quarters of the preallocated log are used: the next file takes a while to prepare."""
        if self._rotate_at is None:
            return False
        try:
            return any(os.pread(self.log, 4, self._rotate_at))
        except OSError:
            return True  # a log that cannot be read must not be used any longer

    def close(self) -> None:
        """Closes the file and releases its lock, after which the drain treats it as finished. Raises sqlite3.Error, but closes anyway."""
        try:
            os.close(self.log)
            with ExitStack() as held:
                # The last connection to close would checkpoint the whole log, which is useless work for a busy disk. SQLite skips
                # the checkpoint while another connection reads.
                with suppress(sqlite3.Error):
                    other = held.enter_context(closing(reader.connect(self.path)))
                    other.execute("SELECT count(*) FROM sqlite_master").fetchone()
                self._connection.close()
        finally:
            os.close(self._lock)

    def close_anyway(self) -> None:
        """As `close`, but raises no sqlite3.Error: the drain reads the log as it is."""
        with suppress(sqlite3.Error):
            self.close()


def preallocated(log: int, size: int, pause: float = 0.0) -> int:
    """Writes null bytes from the end of the log up to `size` and syncs them; returns the new length, unchanged if the disk is short.

    A log that grows changes its file's metadata, so each sync waits for the file system's journal behind every other writer on that
    disk, MongoDB above all. SQLite ignores null bytes after the last commit. Nothing may be appended meanwhile.

    Raises OSError if a sync fails: earlier content of the log may be lost too.
    """
    start = os.fstat(log).st_size
    disk = os.fstatvfs(log)
    if size <= start or disk.f_bavail * disk.f_frsize < size * _MIN_FREE:
        return start
    for offset in range(start, size, len(_SLICE)):
        part = _SLICE[: size - offset]
        try:
            is_written = os.pwrite(log, part, offset) == len(part)
        except OSError:
            is_written = False
        if not is_written:
            os.ftruncate(log, start)
            return start
        os.fdatasync(log)  # in slices, since another sync on this disk waits for one slice at most
        time.sleep(pause)
    return size


def write_file(spool_dir: Path, captures: Sequence[Capture]) -> Path:
    """Writes a finished spool file with these captures, for tools and tests."""
    return write_rows(spool_dir, [layout.encode(capture) for capture in captures])


def write_rows(spool_dir: Path, bodies: Sequence[bytes]) -> Path:
    """Writes a finished and synced spool file with these row bodies."""
    file = SpoolFile(spool_dir)
    try:
        file.append(bodies)
        os.fdatasync(file.log)
    finally:
        file.close()
    return file.path


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_MAX_ROWS + 8)
    try:
        connection.execute(f"PRAGMA page_size={layout.PAGE}").close()
        connection.execute("PRAGMA journal_mode=WAL").close()
        # SQLite writes its log and leaves the sync to `sync`, which does it beside the event loop.
        connection.execute("PRAGMA synchronous=NORMAL").close()
        # A checkpoint under load would delay requests; the file is rotated before its log grows long.
        connection.execute("PRAGMA wal_autocheckpoint=0").close()
        connection.execute(layout.SCHEMA).close()
        _sync_folder(path.parent)
    except BaseException:
        connection.close()
        raise
    return connection


def _sync_folder(folder: Path) -> None:
    """Syncs the directory: a file whose directory entry is not on disk is lost with its content."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
