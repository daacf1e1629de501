"""The alert: what a rep should know about a lead now, and the rule that made it."""

from datetime import datetime
from enum import StrEnum

import msgspec


class AlertRule(StrEnum):
    """Why an alert exists."""

    FIRST_OPEN = "first_open"
    CLICK = "click"
    PRICING = "pricing"
    PRICING_AGAIN = "pricing_again"
    BACK = "back"
    FORM = "form"
    HOT = "hot"
    TEST = "test"
    ALARM = "alarm"
    """Leadlight itself is not well; for admins, about no lead."""


class Priority(StrEnum):
    """QUIET shows itself without a sound; LOUD rings."""

    QUIET = "quiet"
    LOUD = "loud"


class AlertState(StrEnum):
    """STANDING follows from the events as known; WITHDRAWN no longer does; LATE came too late to ring."""

    STANDING = "standing"
    WITHDRAWN = "withdrawn"
    LATE = "late"


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """The stations of an alert."""

    event: datetime
    verdict: datetime | None = None
    decided: datetime | None = None
    first_try: datetime | None = None
    delivered: datetime | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One ring (or quiet notice) about one lead. Later steps of the same visit change its text and raise `revision`."""

    id: str
    """`id_of(workspace, lead, rule, cause)`."""
    workspace: str
    lead: str
    rep: str | None
    """Whom it is for; empty: the team, since nobody owns the lead."""
    rule: AlertRule
    cause: str
    episode: str
    """The run of the lead's events it belongs to: one visit, one ring."""
    at: datetime
    priority: Priority
    state: AlertState = AlertState.STANDING
    title: str
    """The first 45 characters say who, where, now."""
    text: str
    """The rest: history, mail, stage, score, the lead's local time."""
    revision: int = 0
    times: Times
    seen_at: datetime | None = None
