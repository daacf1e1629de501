"""The places of open streams in one process: how many there may be, by credential, workspace, client address and in total.

A stream holds a connection for hours. The bounds keep most of a console process's connections (`worker_connections` in
deploy/gunicorn_console.py) free for short requests, whatever streams programs open.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

IN_TOTAL = 600
PER_WORKSPACE = 300
KEYS_PER_WORKSPACE = 150
"""All API keys of a workspace together, so that its reps' browsers always find a place."""
PER_ADDRESS = 200
PER_KEY = 100
PER_SESSION = 6
"""A few windows: tabs of one browser share a stream."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many streams may be open under one name. `text` tells the client whose bound it is."""

    name: str
    most: int
    text: str


class TooManyStreams(Exception):
    """Answer 429; the text says which bound was reached."""


def bounds_of(workspace: str, credential: str, address: str, *, by_key: bool) -> tuple[Bound, ...]:
    """What one stream counts against, the narrowest first. `credential` is a key's or session's name, `address` the client's."""
    again = "Close one, or try again later."
    own = (
        (
            Bound(credential, PER_KEY, f"This key has {PER_KEY} open streams already. {again}"),
            Bound(
                f"keys:{workspace}",
                KEYS_PER_WORKSPACE,
                f"The keys of this workspace have {KEYS_PER_WORKSPACE} open streams already. {again}",
            ),
        )
        if by_key
        else ()
    )
    return (
        *own,
        Bound(f"address:{address}", PER_ADDRESS, f"Your network address has {PER_ADDRESS} open streams already. {again}"),
        Bound(f"workspace:{workspace}", PER_WORKSPACE, f"This workspace has {PER_WORKSPACE} open streams already. {again}"),
        Bound("total", IN_TOTAL, "The server has as many open streams as it takes. Try again later."),
    )


class Places:
    """Counts the streams that are open now under each name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, bounds: Iterable[Bound]) -> None:
        """Counts one more stream under all of these names, or under none. Raises TooManyStreams."""
        bounds = tuple(bounds)
        with self._lock:
            for bound in bounds:
                if self._taken[bound.name] >= bound.most:
                    raise TooManyStreams(bound.text)
            self._taken.update(bound.name for bound in bounds)

    def free(self, bounds: Iterable[Bound]) -> None:
        """The stream is over."""
        with self._lock:
            for bound in bounds:
                self._taken[bound.name] -= 1
                if not self._taken[bound.name]:
                    del self._taken[bound.name]

    def taken(self, name: str) -> int:
        """How many streams are open under that name."""
        return self._taken.get(name, 0)
