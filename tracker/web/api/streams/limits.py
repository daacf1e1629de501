"""Limits of open streams in one process: by credential, workspace, client address and in total.

A stream holds a connection for hours. The limits keep most of a console process's connections (`worker_connections` in
deploy/gunicorn_console.py) free for short requests.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

IN_TOTAL = 600
PER_WORKSPACE = 300
KEYS_PER_WORKSPACE = 150
"""All API keys of a workspace together, which reserves streams for its reps' browsers."""
PER_ADDRESS = 200
PER_KEY = 100
PER_SESSION = 6
"""Per browser session; the tabs of one browser share a stream."""


@dataclass(frozen=True, slots=True)
class StreamLimit:
    """The maximum number of open streams under one name. `text` tells the client which limit it is."""

    name: str
    maximum: int
    text: str


class TooManyStreams(Exception):
    """A limit is reached (429); the text says which one."""


def limits_of(workspace: str, credential: str, address: str, *, by_key: bool) -> tuple[StreamLimit, ...]:
    """The limits of one stream, narrowest first. `credential` names a key or session, `address` is the client's."""
    again = "Close one, or try again later."
    own = (
        (
            StreamLimit(credential, PER_KEY, f"This key has {PER_KEY} open streams already. {again}"),
            StreamLimit(
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
        StreamLimit(f"address:{address}", PER_ADDRESS, f"Your network address has {PER_ADDRESS} open streams already. {again}"),
        StreamLimit(f"workspace:{workspace}", PER_WORKSPACE, f"This workspace has {PER_WORKSPACE} open streams already. {again}"),
        StreamLimit("total", IN_TOTAL, "The server has reached its limit of open streams. Try again later."),
    )


class StreamCounter:
    """Counts open streams by name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def acquire(self, limits: Iterable[StreamLimit]) -> None:
        """Counts one more stream under all names, or under none if it raises TooManyStreams."""
        limits = tuple(limits)
        with self._lock:
            for limit in limits:
                if self._counts[limit.name] >= limit.maximum:
                    raise TooManyStreams(limit.text)
            self._counts.update(limit.name for limit in limits)

    def release(self, limits: Iterable[StreamLimit]) -> None:
        """Counts one stream less under all names."""
        with self._lock:
            for limit in limits:
                self._counts[limit.name] -= 1
                if not self._counts[limit.name]:
                    del self._counts[limit.name]

    def count(self, name: str) -> int:
        """The number of open streams under the name."""
        return self._counts.get(name, 0)
