"""Rotation: which spool file an edge process writes to, when the next one begins, and when an earlier one is closed. Used by `writer`."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from tracker.spool.file import SpoolFile

_PAUSE_SECONDS = 0.008
"""Between the slices of a preallocation in a thread, so that the syncs of requests come first."""


class Rotation:
    """The file in use. Threads prepare the next file and close earlier ones, so that neither holds the event loop."""

    def __init__(self, spool_dir: Path, preallocate: int, may_close: Callable[[SpoolFile], bool]) -> None:
        """`preallocate`: bytes of each file's log to write in advance. `may_close`: false while rows of the file wait for a sync."""
        self._dir, self._preallocate, self._may_close = spool_dir, preallocate, may_close
        self._loop = asyncio.get_running_loop()
        self._file: SpoolFile | None = None
        self._retired: list[SpoolFile] = []
        self._is_rotating = False
        self._is_closed = False
        self._threads: set[threading.Thread] = set()

    def file_in_use(self) -> SpoolFile:
        """The file to append to. Raises sqlite3.Error or OSError if there is none and it cannot be created.

        The first file, and one after an error, is created here, which holds the event loop for some tens of milliseconds.
        """
        if self._file is None:
            self._file = SpoolFile(self._dir, self._preallocate)
        return self._file

    @property
    def has_rows(self) -> bool:
        """Whether there is a file in use, with rows."""
        return self._file is not None and self._file.size > 0

    def close_file(self) -> None:
        """Closes the file in use, as soon as no row of it waits for a sync."""
        file, self._file = self._file, None
        if file is not None:
            self._retired.append(file)
            self.close_retired()

    def close_retired(self) -> None:
        """Closes the earlier files of which no row waits for a sync."""
        for file in [file for file in self._retired if self._may_close(file)]:
            if self._start_thread(file.close_anyway):
                self._retired.remove(file)

    def rotate_if_due(self) -> None:
        """Has a thread prepare the next file if the one in use is full."""
        if self._file is not None and not self._is_rotating and self._file.is_full:
            self._is_rotating = self._start_thread(self._create_next)

    def rotate(self) -> None:
        """Has a thread prepare the next file although the one in use is not full, so that the drain can remove that one."""
        if self.has_rows and not self._is_rotating:
            self._is_rotating = self._start_thread(self._create_next)

    def stop(self) -> None:
        """From now on no new file comes into use by rotation."""
        self._is_closed = True

    async def close(self) -> None:
        """Closes the file in use and waits for all threads."""
        self.stop()
        self.close_file()
        while self._threads:
            await asyncio.to_thread(self._threads.pop().join)

    def _create_next(self) -> None:
        """In a thread. If no file can be created, the full one is closed nevertheless."""
        created: SpoolFile | None = None
        with contextlib.suppress(sqlite3.Error, OSError):
            created = SpoolFile(self._dir, self._preallocate, _PAUSE_SECONDS)
        self._loop.call_soon_threadsafe(self._replace, created)

    def _replace(self, created: SpoolFile | None) -> None:
        self._is_rotating = False
        if created is not None or (self._file is not None and self._file.is_full):
            self.close_file()
            self._file = created
        if self._is_closed:
            self.close_file()

    def _start_thread(self, target: Callable[[], None]) -> bool:
        """False if the machine cannot start another thread now; a later call may succeed."""
        self._threads = {thread for thread in self._threads if thread.is_alive()}
        thread = threading.Thread(target=target, name="spool-rotation", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._threads.add(thread)
        return True
