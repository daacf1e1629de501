"""Cursors: how far the drain has come in each spool file, and in which order it reads. Called by workers.drain.process.

Usually a file is read from its watermark on. Where much is waiting, what is being written now goes first: the backlog is fenced
off at the file's present end, new rows behind the fence are read before it, in turn with it, and only the backlog moves the
watermark. A crash then means that rows behind the fence are read again, which changes nothing.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from tracker.spool import layout, reader

Rows = list[tuple[int, bytes]]


@dataclass(slots=True)
class _Place:
    """`done`: everything up to here is stored. With a backlog: it ends at `fence`, and behind that all up to `ahead` is stored."""

    done: int
    fence: int | None = None
    ahead: int = 0
    is_finished: bool = False
    end: int | None = None
    """The last row of a finished file, once somebody asked: opening one reads its whole log."""
    was_fresh: bool = False
    """The last batch came from behind the fence: now it is the backlog's turn, so that steady traffic cannot starve it."""


class Cursors:
    """The places of one drain process."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._marks = layout.Watermarks()
        self._readers = reader.Readers()
        self._places: dict[Path, _Place] = {}

    def next(self, file: Path) -> tuple[Rows, bool]:
        """The rows to take in now, and whether they belong to a backlog. Raises spool.Unreadable, FileNotFoundError."""
        place = self._place(file)
        if place.fence is None:
            rows = self._readers.read(file, place.done, self._batch)
            if len(rows) < self._batch or not self._is_behind(file, place, rows[-1][0]):
                return rows, False
        place.was_fresh = not place.was_fresh and bool(fresh := self._readers.read(file, place.ahead, self._batch))
        if place.was_fresh:
            return fresh, False
        rows = self._readers.read(file, place.done, self._batch)
        return [row for row in rows if place.fence is None or row[0] <= place.fence], True

    def took(self, file: Path, last: int) -> None:
        """Everything of this batch, up to `last`, is stored."""
        place = self._place(file)
        if place.fence is not None and last > place.fence:
            place.ahead = last
            return
        place.done = last
        if place.fence is not None and last >= place.fence:
            place.done, place.fence = place.ahead, None
        with contextlib.suppress(OSError):  # a full disk: the rows are read again after a restart, and change nothing
            self._marks.set(file, place.done)

    def done(self, file: Path) -> int:
        """Everything up to here is stored."""
        return self._place(file).done

    def return_to(self, file: Path, done: int) -> None:
        """What was read beyond this came from behind damage; the rest of the file is read from here again."""
        self._places[file] = _Place(done)
        with contextlib.suppress(OSError):
            self._marks.set(file, done)

    def finished(self, file: Path) -> None:
        """Nobody writes to the file any more. Opened anew, it also shows a commit that its writer was killed before telling of."""
        place = self._place(file)
        if not place.is_finished:
            place.is_finished = True
            self.let_go(file)

    def let_go(self, file: Path) -> None:
        """The file is not held open, until it is read again."""
        self._readers.close(file)

    def keep_only(self, files: list[Path]) -> None:
        """Nothing else is held open."""
        self._readers.close_others(files)

    def forget(self, file: Path) -> None:
        """The file is gone, or about to be."""
        self._places.pop(file, None)
        self._readers.close(file)

    def waiting(self, file: Path) -> int:
        """How many rows are still to be taken in."""
        place = self._place(file)
        end = self._readers.last_seq(file) if place.end is None else place.end
        if place.is_finished:
            place.end = end
        return max(0, end - place.done if place.fence is None else place.fence - place.done + end - place.ahead)

    def _place(self, file: Path) -> _Place:
        if file not in self._places:
            self._places[file] = _Place(self._marks.get(file))
        return self._places[file]

    def _is_behind(self, file: Path, place: _Place, last: int) -> bool:
        """Fences a backlog off where more than the next batch is waiting."""
        end = self._readers.last_seq(file)
        if end - last <= self._batch:
            return False
        place.fence, place.ahead = end, end
        return True
