"""Parts of a batch of an import: under load, what MongoDB cannot do in time as a whole gets done in smaller parts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import pymongo
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

_SECONDS = 15.0
"""For a part: more than MongoDB has for other calls, as no one waits for a response; less than the lease of an import."""
_SECONDS_UNDER_LOAD = 45.0
"""For a part after a timeout: then each call takes long, however few rows it has."""
_MARGIN = 5.0
"""How much longer the lease of an import is than the time for a part."""
_SMALLEST = 25
_MANY = 20
"""Parts in time, one after another, after which larger ones are tried again."""
T = TypeVar("T")


@contextmanager
def patience(seconds: float = _SECONDS) -> Iterator[None]:
    """A time limit for all calls of MongoDB in the block together, in place of that of each."""
    with pymongo.timeout(seconds):
        yield


class Parts:
    """The size of the parts: halved at each timeout, doubled again after many parts in time."""

    def __init__(self, most: int, size: int, renew: Callable[[int, timedelta], object]) -> None:
        """`size`: at first. `renew`: called before each part; renews the lease of the import by this time, and keeps the size for the next
        process.
        """
        self._most, self._size, self._renew = most, min(most, max(size, _SMALLEST)), renew
        self._in_time = 0
        self.is_repeated = False
        """Whether a timeout interrupted an earlier call for the present rows."""

    def each(self, rows: Sequence[T], act: Callable[[Sequence[T]], object]) -> None:
        """Calls `act` for parts of the rows, again with a smaller one after a timeout: `is_repeated` tells it.

        Raises PyMongoError.
        """
        start, self.is_repeated = 0, False
        while start < len(rows):
            part = rows[start : start + self._size]
            seconds = _SECONDS if self._size == self._most else _SECONDS_UNDER_LOAD
            try:
                with patience(seconds):
                    self._renew(self._size, timedelta(seconds=seconds + _MARGIN))
                    act(part)
            except PyMongoError as error:
                if not error.timeout or isinstance(error, ServerSelectionTimeoutError) or self._size <= _SMALLEST:
                    raise
                self._size, self.is_repeated, self._in_time = max(_SMALLEST, self._size // 2), True, 0
                continue
            start += len(part)
            self._in_time += 1
            if self._in_time >= _MANY:
                self._size, self._in_time = min(self._most, self._size * 2), 0
