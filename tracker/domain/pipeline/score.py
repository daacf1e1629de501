"""Scores: facts per rule and local day, ledger rows that sum to the score, the four quadrants."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Side(StrEnum):
    """Fit is who the lead is; engagement is what the lead did."""

    FIT = "fit"
    ENGAGEMENT = "engagement"


class Count(msgspec.Struct, frozen=True):
    """How often a rule matched on one day, and the first and last event that did."""

    n: int
    first_at: datetime
    first: str
    last_at: datetime
    last: str


class DayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one lead did on one local day (ISO date in the workspace's zone), by rule; a rebuilt summary of its events."""

    lead: str
    day: str
    counts: dict[str, Count]
    """By scoring rule name; names starting with `_` are facts that other rules ask for (`_standing`, `_pricing`)."""


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """Why there are these points: rule, whole points, when, and the event where there is one."""

    rule: str
    points: int
    at: datetime
    side: Side
    event: str | None = None
    why: str = ""
    n: int = 1


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A score as of a moment; `total` is the sum of the ledger's points."""

    total: int
    fit: int
    engagement: int
    ledger: tuple[LedgerRow, ...]
    as_of: datetime

    @property
    def quadrant(self) -> str:
        """call_now: fits and is engaged; nurture: fits; distraction: engaged only; leave: neither."""
        fits, engaged = self.fit >= GOOD_FIT, self.engagement >= ENGAGED
        if fits:
            return "call_now" if engaged else "nurture"
        return "distraction" if engaged else "leave"


GOOD_FIT = 10
ENGAGED = 15
