"""Writes that must not be lost: repeated while MongoDB is unavailable. Called where a result cannot be found out again."""

import time
from collections.abc import Callable
from typing import TypeVar

from pymongo.errors import PyMongoError

T = TypeVar("T")

RETRY_SECONDS = 25.0
"""Together with the longest try, less than the leases of deliveries and messages."""

SENT_SECONDS = 900.0
"""For a mail that was sent, beyond its lease: while the database is away no one can claim it, and afterwards this process does not, since
its mailbox counts as busy. Giving up would send it twice."""


def with_retries(call: Callable[[], T], seconds: float = RETRY_SECONDS) -> T:
    """Retries the call while MongoDB is unavailable. A result must be stored before its lease expires, else it is sent again."""
    until = time.monotonic() + seconds
    while True:
        try:
            return call()
        except PyMongoError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
