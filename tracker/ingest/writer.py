"""The spool's writer: group commit into one SQLite file per edge process. Used by web.edge, and by whoever fills a spool."""

import asyncio
import errno
import fcntl
import os
import queue
import socket
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tracker.base.errors import LeadlightError
from tracker.base.ids import new_id
from tracker.base.metrics import COMMIT_ROWS, COMMIT_SECONDS
from tracker.domain.captures import Capture
from tracker.ingest import spool

ROTATE_BYTES = 32 * 1024 * 1024
ROTATE_SECONDS = 600.0
_MOST_ROWS = 256
_MOST_WAITING = 20_000
_INSERTS = tuple("INSERT INTO rows(body) VALUES " + ",".join(["(?)"] * n) for n in range(_MOST_ROWS + 1))  # noqa: S608 - placeholders only


class NotCommitted(LeadlightError):
    """The spool did not take it. `reason` is short and stable: disk_full, disk, slow, busy, closed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not committed: {reason}")
        self.reason = reason


class SpoolFile:
    """One file being written, and its lock. Not safe for use by two threads at once."""

    def __init__(self, spool_dir: Path, sync: str) -> None:
        spool_dir.mkdir(parents=True, exist_ok=True)
        self.path = spool_dir / f"{new_id()}.db"
        self.size = 0
        self.born = time.monotonic()
        self._lock = os.open(spool.lock_path(self.path), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._connection = _open(self.path, sync)
        except BaseException:
            os.close(self._lock)
            spool.unlink(self.path)
            raise

    def append(self, bodies: Sequence[bytes]) -> None:
        """Commits the rows, all or none of each 256. Raises sqlite3.Error."""
        for start in range(0, len(bodies), _MOST_ROWS):
            part = bodies[start : start + _MOST_ROWS]
            # One statement is one step of SQLite: the interpreter's lock is given up and taken back once a batch, not once a row.
            self._connection.execute(_INSERTS[len(part)], part)
            self.size += sum(map(len, part))

    @property
    def is_full(self) -> bool:
        """Time to begin a new one, so that the drain can unlink this."""
        return self.size > ROTATE_BYTES or (self.size > 0 and time.monotonic() - self.born > ROTATE_SECONDS)

    def close(self) -> None:
        """Gives the file up; from now on the drain takes it for finished."""
        try:
            self._connection.close()
        finally:
            os.close(self._lock)


def _open(path: Path, sync: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=_MOST_ROWS + 8)
    try:
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute(f"PRAGMA synchronous={'FULL' if sync == 'full' else 'NORMAL'}").close()
        # A checkpoint in the middle of the traffic would make leads wait; the file is rotated before its log grows long.
        connection.execute("PRAGMA wal_autocheckpoint=0").close()
        connection.execute(spool.SCHEMA).close()
    except BaseException:
        connection.close()
        raise
    return connection


def write_file(spool_dir: Path, captures: Sequence[Capture], sync: str = "normal") -> Path:
    """A finished spool file with these captures, for tools and tests; the drain takes it as it takes any other."""
    return write_rows(spool_dir, [spool.encode(capture) for capture in captures], sync)


def write_rows(spool_dir: Path, bodies: Sequence[bytes], sync: str = "full") -> Path:
    """A finished spool file with these rows as they are."""
    file = SpoolFile(spool_dir, sync)
    try:
        file.append(bodies)
    finally:
        file.close()
    return file.path


class Writer:
    """Commits captures in groups: what arrives while a commit runs is the next group. Belongs to one event loop.

    `await commit(…)` returns once the rows are in the file, and on disk if `sync` is `full`. A caller that goes away takes
    nothing with it. After each group one byte goes to `wake`, where the drain listens.
    """

    def __init__(self, spool_dir: Path, sync: str, wake: Path | None = None) -> None:
        self._dir, self._sync = spool_dir, sync
        self._wake = _Wake(wake)
        self._loop = asyncio.get_running_loop()
        self._rows: list[bytes] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._running: list[asyncio.Future[None]] = []
        self._since = 0.0
        self._is_busy = False
        self._is_closed = False
        self._idle: asyncio.Future[None] | None = None
        self._file: SpoolFile | None = None
        self._jobs: queue.SimpleQueue[list[bytes] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="spool", daemon=True)
        self._thread.start()

    def commit(self, captures: Sequence[Capture]) -> asyncio.Future[None]:
        """Await the result: the captures are safe. Raises NotCommitted; the answer must go out all the same."""
        waiter = self._loop.create_future()
        if self._is_closed or len(self._rows) > _MOST_WAITING:
            waiter.set_exception(NotCommitted("closed" if self._is_closed else "busy"))
            return waiter
        encode = spool.encode
        for capture in captures:
            self._rows.append(encode(capture))
        self._waiters.append(waiter)
        if not self._is_busy:
            # Not at once: whatever else this turn of the loop has already received joins the group.
            self._is_busy = True
            self._loop.call_soon(self._hand_over)
        return waiter

    def release_late(self, seconds: float) -> None:
        """Lets go whoever has waited longer for a disk that hangs; the rows may still be committed. Called once a second."""
        if not self._is_busy or time.monotonic() - self._since < seconds:
            return
        late, self._running = self._running + self._waiters, []
        self._waiters = []
        _settle(late, NotCommitted("slow"))

    async def close(self) -> None:
        """Commits what waits, then gives the file up. Called when the process ends in good order."""
        self._is_closed = True
        if self._is_busy:
            self._idle = self._loop.create_future()
            await self._idle
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        self._since = time.monotonic()
        self._running = self._waiters
        self._jobs.put(self._rows)
        self._rows, self._waiters = [], []

    def _finished(self, error: NotCommitted | None) -> None:
        done, self._running = self._running, []
        if self._rows:
            self._hand_over()
        else:
            self._is_busy = False
            if self._idle is not None:
                self._idle.set_result(None)
        _settle(done, error)

    def _work(self) -> None:
        while (rows := self._jobs.get()) is not None:
            started = time.monotonic()
            error = self._append(rows)
            self._loop.call_soon_threadsafe(self._finished, error)
            COMMIT_SECONDS.observe(time.monotonic() - started)
            COMMIT_ROWS.observe(len(rows))
            if error is None:
                self._wake.send()
        self._give_up_file()
        self._wake.close()

    def _append(self, rows: list[bytes]) -> NotCommitted | None:
        try:
            if self._file is not None and self._file.is_full:
                self._give_up_file()
            if self._file is None:
                self._file = SpoolFile(self._dir, self._sync)
            self._file.append(rows)
        except sqlite3.Error as error:
            return self._failed("disk_full" if "full" in str(error) else "disk", is_full="full" in str(error))
        except OSError as error:
            return self._failed("disk_full" if error.errno == errno.ENOSPC else "disk", is_full=False)
        return None

    def _failed(self, reason: str, *, is_full: bool) -> NotCommitted:
        # On a full disk what was written is handed to the drain, since only unlinking whole files makes room; an empty file is kept.
        if not is_full or (self._file is not None and self._file.size):
            self._give_up_file()
        return NotCommitted(reason)

    def _give_up_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except (sqlite3.Error, OSError):
                return


def _settle(waiters: list[asyncio.Future[None]], error: NotCommitted | None) -> None:
    for waiter in waiters:
        if waiter.done():  # whoever waited has gone away
            continue
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)


class _Wake:
    """Tells the drain that there is something to read. It may be away: then it looks by itself."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self) -> None:
        """One byte, never waiting, never failing."""
        if self._path is None:
            return
        try:
            self._socket.sendto(b"1", os.fspath(self._path))
        except OSError:
            return

    def close(self) -> None:
        """Gives the socket up."""
        self._socket.close()
