"""Alerts and their deliveries: what a rep should know, and one row per channel of how it got there (the outbox)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.reps import ChannelName


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


class DeliveryState(StrEnum):
    """DUE waits for `due_at`; SENDING is leased until `due_at`; the others are final."""

    DUE = "due"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One alert through one channel: an outbox row."""

    id: str
    """`id_of(alert, channel, rep or "team")`; also the idempotency key that receivers see."""
    workspace: str
    alert: str
    lead: str
    rep: str | None
    channel: ChannelName
    state: DeliveryState
    due_at: datetime
    attempts: int = 0
    revision: int = 0
    """The alert's revision that was delivered last; behind the alert's: channels that can edit are due again."""
    reference: dict[str, str] = {}
    """What an edit needs: Slack's channel and ts."""
    error: str | None = None
    created_at: datetime
    first_try_at: datetime | None = None
    at: datetime | None = None
    """When it was delivered."""
