"""The tally of untracked requests: by workspace and day, without anything about the client. Kept by the context, flushed once a minute."""

import secrets
import time
from collections import Counter
from collections.abc import Callable

from tracker.domain.activity.capture import Capture, CaptureKind

_FLUSH_SECONDS = 60.0
"""So long that the time of a capture does not tell which request it counts. A killed edge loses the counts of this time."""
_DAY_MS = 86_400_000


class UntrackedTally:
    """The counts of one edge process since the last flush."""

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._counts: Counter[tuple[str, int]] = Counter()
        self._next_flush = time.monotonic() + _FLUSH_SECONDS

    def add(self, workspace: str) -> None:
        """Counts one request."""
        self._counts[workspace, self._now_ms() // _DAY_MS] += 1

    def due(self) -> list[Capture]:
        """The captures to commit, if a minute has passed; else none."""
        now = time.monotonic()
        if now < self._next_flush:
            return []
        self._next_flush = now + _FLUSH_SECONDS
        return self.flush()

    def flush(self) -> list[Capture]:
        """The captures of all counts so far. Their ids are random, and their time is the beginning of the day."""
        counts, self._counts = self._counts, Counter()
        return [
            Capture(
                id=secrets.token_hex(16),
                kind=CaptureKind.UNTRACKED,
                workspace=workspace,
                received=day * _DAY_MS,
                at=day * _DAY_MS,
                count=count,
            )
            for (workspace, day), count in counts.items()
        ]
