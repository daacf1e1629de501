"""Background work of sweeps that wait for others or take long: it runs in a thread, so that no other sweep waits for it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

import redis
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.base.errors import LeadlightError

log = logging.getLogger(__name__)


class Background:
    """One kind of work. A sweep that is due while the last run still works does nothing."""

    def __init__(self, name: str, work: Callable[[Deps, datetime], object]) -> None:
        self._name, self._work = name, work
        self._thread: threading.Thread | None = None

    def run(self, deps: Deps, now: datetime) -> None:
        """Starts the work and returns at once."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._guarded, args=(deps, now), name=self._name, daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Waits until the present run is over."""
        if self._thread is not None:
            self._thread.join()

    def _guarded(self, deps: Deps, now: datetime) -> None:
        try:
            self._work(deps, now)
        except (PyMongoError, redis.RedisError, OSError, LeadlightError) as error:
            log.warning("sweep failed", extra={"sweep": self._name, "error": type(error).__name__})
        except Exception:
            log.exception("sweep failed", extra={"sweep": self._name})
