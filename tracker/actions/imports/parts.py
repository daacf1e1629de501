"""Parts of a batch of an import: under load, what MongoDB cannot do in time as a whole gets done in smaller parts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import pymongo
from pymongo.errors import PyMongoError, ServerSelectionTimeoutError

_SECONDS = 15.0
"""For a part: more than MongoDB has for other calls, as no one waits for a response; less than the lease of an import."""
_SMALLEST = 25
T = TypeVar("T")


@contextmanager
def patience() -> Iterator[None]:
    """A time limit for all calls of MongoDB in the block together, in place of that of each."""
    with pymongo.timeout(_SECONDS):
        yield


class Parts:
    """The size of the parts: halved at each timeout, and kept for the following batches."""

    def __init__(self, most: int, renew: Callable[[], object]) -> None:
        """`renew`: called after each part; renews the lease of the import."""
        self._size, self._renew = most, renew
        self.is_repeated = False
        """Whether a timeout interrupted an earlier call for the present rows."""

    def each(self, rows: Sequence[T], act: Callable[[Sequence[T]], object]) -> None:
        """Calls `act` for parts of the rows, again with a smaller one after a timeout: `is_repeated` tells it.

        Raises PyMongoError.
        """
        start, self.is_repeated = 0, False
        while start < len(rows):
            part = rows[start : start + self._size]
            try:
                with patience():
                    act(part)
            except PyMongoError as error:
                if not error.timeout or isinstance(error, ServerSelectionTimeoutError) or self._size <= _SMALLEST:
                    raise
                self._size, self.is_repeated = max(_SMALLEST, self._size // 2), True
                continue
            start += len(part)
            self._renew()
