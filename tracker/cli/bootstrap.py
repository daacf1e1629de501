"""Preparation of MongoDB at every start, in a thread beside the supervisor's loop, which never waits for MongoDB."""

import threading
import time
from concurrent.futures import Future

from pymongo.errors import PyMongoError

from tracker.base.settings import Settings
from tracker.cli.first_start import Welcome, prepare


class Bootstrap:
    """Repeats `prepare` until it succeeds. Polled from one thread; attempts run in daemon threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._attempt: Future[Welcome] | None = None
        self._due = 0.0
        self.last_error = PyMongoError()

    @property
    def is_running(self) -> bool:
        """Whether an attempt has started whose result has not been polled."""
        return self._attempt is not None

    def poll(self, *, pause: float) -> Welcome | None:
        """The result once available, then None. Starts an attempt `pause` seconds after the last one. Never blocks.

        Raises the error of an attempt, such as TooNew, except PyMongoError.
        """
        if self._attempt is None:
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + pause
                self._attempt = Future()
                threading.Thread(target=self._prepare, args=(self._attempt,), name="prepare", daemon=True).start()
            return None
        if not self._attempt.done():
            return None
        attempt, self._attempt = self._attempt, None
        try:
            welcome = attempt.result()
        except PyMongoError as error:
            self.last_error = error
            return None
        self._due = float("inf")
        return welcome

    def _prepare(self, result: Future[Welcome]) -> None:
        try:
            result.set_result(prepare(self._settings))
        except BaseException as error:  # noqa: BLE001 - raised again by poll
            result.set_exception(error)
