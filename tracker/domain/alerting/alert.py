"""The alert: what a rep should know about a lead now, and the rule that made it."""

from datetime import datetime
from enum import StrEnum

import msgspec


class AlertRule(StrEnum):
    """The rule that created an alert."""

    FIRST_OPEN = "first_open"
    CLICK = "click"
    PRICING = "pricing"
    PRICING_AGAIN = "pricing_again"
    BACK = "back"
    FORM = "form"
    HOT = "hot"
    TEST = "test"
    ALARM = "alarm"
    """A problem of Leadlight itself; for admins, without a lead."""


class Priority(StrEnum):
    """QUIET alerts have no sound; LOUD alerts have one."""

    QUIET = "quiet"
    LOUD = "loud"


class AlertState(StrEnum):
    """STANDING follows from the known events; WITHDRAWN no longer does; LATE was decided too late to be sent."""

    STANDING = "standing"
    WITHDRAWN = "withdrawn"
    LATE = "late"


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """The timestamps of an alert's steps."""

    event: datetime
    verdict: datetime | None = None
    decided: datetime | None = None
    first_try: datetime | None = None
    delivered: datetime | None = None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert about one lead. Later steps of the same visit change its text and increase `revision`."""

    id: str
    """`id_of(workspace, lead, rule, cause)`."""
    workspace: str
    lead: str
    rep: str | None
    """The recipient; empty: the team, because the lead has no owner."""
    rule: AlertRule
    cause: str
    episode: str
    """The episode of events it belongs to: one alert per visit."""
    at: datetime
    priority: Priority
    state: AlertState = AlertState.STANDING
    title: str
    """The first 45 characters name person, place and time."""
    text: str
    """The rest: history, mail, stage, score, the lead's local time."""
    revision: int = 0
    times: Times
    seen_at: datetime | None = None
