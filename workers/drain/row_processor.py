"""Row processing: stores a batch of spool rows, then wakes the workers and informs open consoles. Called by workers.drain.process."""

import logging

import redis
from bson.errors import BSONError

from tracker.actions.deps import Deps
from tracker.store.core.run_parallel import run_parallel
from workers.drain import instrumentation, presence
from workers.drain.store_batch import BatchResult, BatchStorer, Row

log = logging.getLogger(__name__)

_MIN_HALF = 200
"""A batch with smaller halves is stored by one thread."""


class RowProcessor:
    """Brings rows into MongoDB. Safe to repeat."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._storer = BatchStorer(deps)

    def process(self, rows: list[Row]) -> None:
        """Stores the rows and announces them. Raises PyMongoError if MongoDB is unavailable.

        A row that the driver cannot encode is found by bisection and quarantined; the other rows are stored.
        """
        try:
            result = self._store(rows)
        except (BSONError, ValueError, OverflowError) as error:
            if len(rows) > 1:
                self.process(rows[: len(rows) // 2])
                self.process(rows[len(rows) // 2 :])
            else:
                self._deps.store.quarantine.add([(*rows[0], f"unstorable: {type(error).__name__}")], self._deps.now())
            return
        self._announce(result)

    def _store(self, rows: list[Row]) -> BatchResult:
        """Stores the halves of a large batch in parallel: Python works on one while the other waits for MongoDB."""
        half = len(rows) // 2
        if half < _MIN_HALF:
            return self._storer.store(rows)
        first, second = run_parallel(lambda: self._storer.store(rows[:half]), lambda: self._storer.store(rows[half:]))
        return first.merged(second)

    def _announce(self, result: BatchResult) -> None:
        if "live" in result.queues:
            self._deps.wake.live()
        if "bulk" in result.queues:
            self._deps.wake.bulk()
        instrumentation.stored(result, self._deps.now())
        try:
            presence.publish(self._deps.bus, result.events, result.heartbeats, result.visitors)
        except (redis.RedisError, OSError, LookupError, TypeError, ValueError) as error:  # a hint, and Redis may hold anything
            log.warning("live view not updated", extra={"error": type(error).__name__})
