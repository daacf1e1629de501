"""Scores: facts per rule and local day, ledger rows that sum to the score, the quadrants."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Side(StrEnum):
    """Fit depends on the lead's fields, engagement on the lead's events."""

    FIT = "fit"
    ENGAGEMENT = "engagement"


class Count(msgspec.Struct, frozen=True):
    """The matches of a rule on one day: their number, and the first and last event."""

    n: int
    first_at: datetime
    first: str
    last_at: datetime
    last: str


class DayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A summary of a lead's events on one local day (ISO date in the workspace's time zone), by rule."""

    lead: str
    day: str
    counts: dict[str, Count]
    """By scoring rule name; names starting with `_` are facts for other rules (`_standing`, `_pricing`)."""
    touches: str = ""
    """What stood on that day, in order: see `rules.scoring.touch_lines`."""


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger row: rule, integer points, time, and the event, if any."""

    rule: str
    points: int
    at: datetime
    side: Side
    event: str | None = None
    why: str = ""
    n: int = 1


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A score at a given time; `total` is the sum of the ledger's points."""

    total: int
    fit: int
    engagement: int
    ledger: tuple[LedgerRow, ...]
    as_of: datetime
    is_rated: bool = False
    """Whether anything is known that says whether the lead fits."""
    is_good_fit: bool = False

    @property
    def quadrant(self) -> str:
        """call_now: fits and is engaged; nurture: fits; distraction: engaged only; leave: neither; unrated: fit is unknown."""
        if not self.is_rated:
            return UNRATED
        is_engaged = self.engagement >= ENGAGED
        if self.is_good_fit:
            return CALL_NOW if is_engaged else "nurture"
        return "distraction" if is_engaged else "leave"


UNRATED = "unrated"
CALL_NOW = "call_now"
QUADRANTS = (CALL_NOW, "nurture", "distraction", "leave", UNRATED)
QUADRANT_NAMES = dict(zip(QUADRANTS, ("Call now", "Nurture", "Interested, low fit", "Low priority", "Not rated yet"), strict=True))
"""As people read them."""


GOOD_FIT = 10
ENGAGED = 15
