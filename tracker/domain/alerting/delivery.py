"""The delivery: one row per alert and channel, with its state (the outbox)."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.alerting.channel import ChannelName


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
    """`id_of(alert, channel, rep or "team")`; also the idempotency key for receivers."""
    workspace: str
    alert: str
    lead: str
    rep: str | None
    channel: ChannelName
    state: DeliveryState
    due_at: datetime
    attempts: int = 0
    revision: int = 0
    """The alert's revision that was delivered last."""
    wanted: int = 0
    """The alert's revision that the receiver should have; set before the alert is saved. Above `revision`: the row is due again."""
    wanted_at: datetime | None = None
    """When `wanted` was set."""
    reference: dict[str, str] = {}
    """What an edit needs: Slack's channel and ts; the state and priority that a webhook received last.

    `tense` is `present` while the message's title is in the present tense, `due` once it must be edited to the past.
    """
    error: str | None = None
    created_at: datetime
    first_try_at: datetime | None = None
    at: datetime | None = None
    """When it was delivered."""
