"""The drain's lag, from the value that the drain writes to Redis every second."""

from dataclasses import dataclass

from redis import RedisError

from tracker.actions.deps import Deps
from tracker.actions.ops.health import longest_lag
from tracker.actions.ops.hosts import drain_reports

_NOTABLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from an event to its display. `is_known` is false if Redis has no recent value."""

    seconds: float
    is_known: bool

    @property
    def is_notable(self) -> bool:
        """Whether the console shows it."""
        return self.is_known and self.seconds >= _NOTABLE_SECONDS


def current_lag(deps: Deps) -> Lag:
    """The lag now. Never raises: if Redis is unreachable, the lag is unknown."""
    try:
        word = longest_lag(drain_reports(deps, deps.now()))
    except (RedisError, OSError):
        word = None
    return Lag(word.seconds, is_known=True) if word else Lag(0.0, is_known=False)
