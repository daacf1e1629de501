"""Writes that must not be lost: repeated while MongoDB is unavailable. Called where a result cannot be found out again."""

import time
from collections.abc import Callable
from typing import TypeVar

from pymongo.errors import PyMongoError

T = TypeVar("T")

_RETRY_SECONDS = 25.0
"""Together with the longest try, less than the leases of deliveries and messages."""


def with_retries(call: Callable[[], T]) -> T:
    """Retries the call while MongoDB is unavailable. A result must be stored before its lease expires, else it is sent again."""
    until = time.monotonic() + _RETRY_SECONDS
    while True:
        try:
            return call()
        except PyMongoError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
