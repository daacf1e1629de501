"""How far behind the drain is, so that a screen can say so: from the hint that the drain leaves in Redis each second."""

import json
from dataclasses import dataclass

from redis import RedisError

from tracker.actions.deps import Deps
from tracker.base.clock import from_ms, to_ms

_KEY = "ll:drain"
_STALE_SECONDS = 8.0
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
        raw = deps.redis.get(_KEY)
    except RedisError:
        return Lateness(0.0, is_known=False)
    if not raw:
        return Lateness(0.0, is_known=False)
    try:
        hint = json.loads(raw)
        at = from_ms(int(hint["at"])) if isinstance(hint["at"], int | float) else deps.now().fromisoformat(hint["at"])
        said = float(hint.get("lag_seconds") or 0.0)
    except (ValueError, KeyError, TypeError):
        return Lateness(0.0, is_known=False)
    silent = (to_ms(deps.now()) - to_ms(at)) / 1000
    # A drain that is silent is stopped: whatever came since it last spoke is still to be read.
    return Lateness(max(said, silent) if silent > _STALE_SECONDS else said, is_known=True)
