"""Read positions: how far the drain has read in each spool file, and which rows it reads next. Called by workers.drain.process.

Usually a file is read from its watermark on. If many rows wait, they become a backlog that ends at the present end of the file. New
rows behind that end are read in turn with the backlog, and only the backlog moves the watermark. After a crash, rows behind the
backlog are read again, which changes nothing.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from tracker.spool import layout, reader

Rows = list[tuple[int, bytes]]


@dataclass(slots=True)
class ReadPosition:
    """The position in one file. Every row up to `stored` is in MongoDB."""

    stored: int
    backlog_end: int | None = None
    """The last row of the backlog, if there is one."""
    live_position: int = 0
    """With a backlog: every row from its end up to here is in MongoDB."""
    is_finished: bool = False
    last_seq: int | None = None
    """The last row of a finished file, once it is known: to find it, SQLite reads the whole log."""
    was_live: bool = False
    """Whether the last batch came from behind the backlog. The next one is the backlog's, so that steady traffic cannot starve it."""


class ReadPositions:
    """The positions of one drain process."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._marks = layout.Watermarks()
        self._readers = reader.Readers()
        self._positions: dict[Path, ReadPosition] = {}

    def next_rows(self, file: Path) -> tuple[Rows, bool]:
        """The rows to store next, and whether they belong to a backlog. Raises layout.Unreadable, FileNotFoundError."""
        position = self._position(file)
        if position.backlog_end is None:
            rows = self._readers.read(file, position.stored, self._batch)
            if len(rows) < self._batch or not self._begin_backlog(file, position, rows[-1][0]):
                return rows, False
        position.was_live = not position.was_live and bool(live := self._readers.read(file, position.live_position, self._batch))
        if position.was_live:
            return live, False
        rows = self._readers.read(file, position.stored, self._batch)
        return [row for row in rows if position.backlog_end is None or row[0] <= position.backlog_end], True

    def advance(self, file: Path, last: int) -> None:
        """Records that a batch up to row `last` is stored."""
        position = self._position(file)
        if position.backlog_end is not None and last > position.backlog_end:
            position.live_position = last
            return
        position.stored = last
        if position.backlog_end is not None and last >= position.backlog_end:
            position.stored, position.backlog_end = position.live_position, None
        with contextlib.suppress(OSError):  # a full disk: the rows are read again after a restart, which changes nothing
            self._marks.set(file, position.stored)

    def stored(self, file: Path) -> int:
        """The row up to which everything is stored."""
        return self._position(file).stored

    def return_to(self, file: Path, stored: int) -> None:
        """Reads the file from this row again: later rows were salvaged from behind damage."""
        self._positions[file] = ReadPosition(stored)
        with contextlib.suppress(OSError):
            self._marks.set(file, stored)

    def finish(self, file: Path) -> None:
        """Records that no process writes to the file any more, and reopens it.

        Only a new connection reads a commit that was complete when its writer was killed, but not yet in SQLite's index.
        """
        position = self._position(file)
        if not position.is_finished:
            position.is_finished = True
            self.close(file)

    def close(self, file: Path) -> None:
        """Closes the file until it is read again."""
        self._readers.close(file)

    def close_others(self, files: list[Path]) -> None:
        """Closes all files but these."""
        self._readers.close_others(files)

    def forget(self, file: Path) -> None:
        """Drops the position of a file that is removed."""
        self._positions.pop(file, None)
        self._readers.close(file)

    def waiting(self, file: Path) -> int:
        """How many rows are not stored yet. Raises layout.Unreadable, FileNotFoundError."""
        position = self._position(file)
        end = self._readers.last_seq(file) if position.last_seq is None else position.last_seq
        if position.is_finished:
            position.last_seq = end
        if position.backlog_end is None:
            return max(0, end - position.stored)
        return max(0, position.backlog_end - position.stored + end - position.live_position)

    def _position(self, file: Path) -> ReadPosition:
        if file not in self._positions:
            self._positions[file] = ReadPosition(self._marks.get(file))
        return self._positions[file]

    def _begin_backlog(self, file: Path, position: ReadPosition, last: int) -> bool:
        """Makes the waiting rows a backlog, if they are more than the next batch."""
        end = self._readers.last_seq(file)
        if end - last <= self._batch:
            return False
        position.backlog_end, position.live_position = end, end
        return True
