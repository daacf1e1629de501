"""The drain's lag: how many events wait in the spool, and the age of the oldest. Published in Redis by workers.drain.process."""

import contextlib
import json
import time
from pathlib import Path

import redis

from tracker.actions.deps import Deps
from tracker.actions.ops.health import DRAIN_KEY
from tracker.base.clock import to_ms
from tracker.base.errors import Malformed
from tracker.spool import layout, reader
from workers.drain.positions import ReadPositions

_PERIOD_SECONDS = 1.0


class DrainLag:
    """Measures and publishes the lag, at most once a second."""

    def __init__(self, deps: Deps, positions: ReadPositions) -> None:
        self._deps, self._positions = deps, positions
        self._dir = deps.settings.spool_dir
        self._due = 0.0
        self._oldest: dict[Path, tuple[int, int]] = {}
        """For each file: the position, and when the next row was received, in milliseconds. A backlog's files are opened only once."""

    def publish(self, *, is_idle: bool = False) -> None:
        """Publishes the lag if it is due. `is_idle`: nothing waits. Never raises, whether Redis answers or not."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _PERIOD_SECONDS
        waiting = 0 if is_idle else self._waiting()
        state = {"at": to_ms(self._deps.now()), "lag_events": waiting, "lag_seconds": self._age_of_oldest() if waiting else 0}
        with contextlib.suppress(redis.RedisError, OSError):
            self._deps.redis.set(DRAIN_KEY, json.dumps(state))

    def _waiting(self) -> int:
        waiting = 0
        for file in layout.files(self._dir):
            with contextlib.suppress(FileNotFoundError, layout.Unreadable):
                waiting += self._positions.waiting(file)
        return waiting

    def _age_of_oldest(self) -> float:
        """Seconds since the receipt of the oldest row that is not stored."""
        now, oldest = to_ms(self._deps.now()), dict[Path, tuple[int, int]]()
        for file in layout.files(self._dir):
            with contextlib.suppress(FileNotFoundError, layout.Unreadable, Malformed):
                stored = self._positions.stored(file)
                known = self._oldest.get(file)
                if known is None or known[0] != stored:
                    known = next(((stored, layout.decode(body).received) for _, body in reader.read(file, stored, 1)), None)
                if known:
                    oldest[file] = known
        self._oldest = oldest
        return round(max([0.0, *((now - received) / 1000 for _, received in oldest.values())]), 1)
