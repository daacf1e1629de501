"""How far behind the drain is, so that a screen can say so: from the hint that the drain leaves in Redis each second."""

from dataclasses import dataclass

from redis import RedisError

from tracker.actions.deps import Deps
from tracker.actions.ops.health import last_drain_report

_WORTH_SAYING = 5.0


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds between what leads do and what the console shows; `is_known` is false where nobody could say."""

    seconds: float
    is_known: bool

    @property
    def is_late(self) -> bool:
        """Whether it is worth telling a rep."""
        return self.is_known and self.seconds >= _WORTH_SAYING


def lateness(deps: Deps) -> Lateness:
    """Never raises: an absent Redis means unknown."""
    try:
        word = last_drain_report(deps, deps.now())
    except (RedisError, OSError):
        word = None
    return Lateness(word.seconds, is_known=True) if word else Lateness(0.0, is_known=False)
