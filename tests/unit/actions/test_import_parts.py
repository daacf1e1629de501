"""Parts of a batch of an import: halved at timeouts."""

from datetime import timedelta

import pytest
from pymongo.errors import AutoReconnect, NetworkTimeout, PyMongoError, ServerSelectionTimeoutError

from tracker.actions.imports.parts import Parts

ROWS = list(range(500))


class Slow:
    """Does at most so many rows in time."""

    def __init__(self, most: int, error: type[PyMongoError] = NetworkTimeout) -> None:
        self.most, self.error = most, error
        self.done: list[int] = []
        self.calls: list[int] = []

    def __call__(self, part: list[int]) -> None:
        self.calls.append(len(part))
        if len(part) > self.most:
            raise self.error("too slow")
        self.done += part


def test_a_timeout_halves_the_parts_from_then_on() -> None:
    """Every row is done once; the lease is renewed with the size, which the next process begins with; it grows again after a while."""
    kept: list[tuple[int, float]] = []

    def renew(size: int, time: timedelta) -> None:
        kept.append((size, time.total_seconds()))

    parts, slow = Parts(500, 500, renew), Slow(130)
    parts.each(ROWS, slow)
    assert (slow.done, slow.calls, parts.is_repeated) == (ROWS, [500, 250, 125, 125, 125, 125], True)
    assert kept == [(500, 20), (250, 50), (125, 50), (125, 50), (125, 50), (125, 50)]
    again, parts = Slow(500), Parts(500, kept[-1][0], renew)
    for _ in range(6):
        parts.each(ROWS, again)
    assert (again.calls, parts.is_repeated) == ([125] * 20 + [250, 250], False)


@pytest.mark.parametrize(("error", "tries"), [(NetworkTimeout, 6), (ServerSelectionTimeoutError, 1), (AutoReconnect, 1)], ids=str)
def test_what_does_not_work_in_small_parts_is_left_to_a_later_run(error: type[PyMongoError], tries: int) -> None:
    """As is a MongoDB that cannot be reached."""
    slow = Slow(0, error)
    with pytest.raises(error):
        Parts(500, 500, lambda *_: None).each(ROWS, slow)
    assert (slow.done, len(slow.calls)) == ([], tries)
