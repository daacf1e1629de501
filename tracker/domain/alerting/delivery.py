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
    """The last delivered revision; if older than the alert's, channels that can edit are due again."""
    reference: dict[str, str] = {}
    """Reference for edits: Slack's channel and ts."""
    error: str | None = None
    created_at: datetime
    first_try_at: datetime | None = None
    at: datetime | None = None
    """When it was delivered."""
