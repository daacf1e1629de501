"""What every start prepares in MongoDB, tried beside the supervisor's loop: while MongoDB is away, nothing of ours waits for it."""

import threading
import time
from concurrent.futures import Future

from pymongo.errors import PyMongoError

from tracker.base.settings import Settings
from tracker.cli.first_start import Welcome, prepare


class Preparation:
    """Tried until it is done once. To be looked at from one thread; the tries are in others, which the end of the process does not await."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._try: Future[Welcome] | None = None
        self._due = 0.0
        self.last_error = PyMongoError()

    @property
    def is_under_way(self) -> bool:
        """Whether a try has begun of which nobody has heard yet."""
        return self._try is not None

    def look(self, *, pause: float) -> Welcome | None:
        """The welcome, once, as soon as there is one; begins a try when the last one began so many seconds ago. Never waits.

        Raises what went wrong, as TooNew, unless it is MongoDB that is away.
        """
        if self._try is None:
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + pause
                self._try = Future()
                threading.Thread(target=self._prepare, args=(self._try,), name="prepare", daemon=True).start()
            return None
        if not self._try.done():
            return None
        tried, self._try = self._try, None
        try:
            welcome = tried.result()
        except PyMongoError as error:
            self.last_error = error
            return None
        self._due = float("inf")
        return welcome

    def _prepare(self, told: Future[Welcome]) -> None:
        try:
            told.set_result(prepare(self._settings))
        except BaseException as error:  # noqa: BLE001 - raised again where it is looked at
            told.set_exception(error)
