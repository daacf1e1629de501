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


class DeliveryTiming(StrEnum):
    """When an alert goes out through a channel, as the delivery policy decided (rules.alerting.policy)."""

    NOW = "now"
    DIGEST = "digest"
    """With the others of an hour or a day, in one message."""
    HOLD = "hold"
    """When the receiver's hours begin, together with what came meanwhile."""


MOST_TRIES_KEPT = 20


class DeliveryResult(StrEnum):
    """The result of one try."""

    DELIVERED = "delivered"
    EDITED = "edited"
    """The message that the receiver has was brought up to date, or a program was told of the change."""
    FAILED = "failed"
    """Not accepted; tried again at `next_at`."""
    GIVEN_UP = "given_up"
    """Not accepted, and not tried again."""
    SENT_AGAIN = "sent_again"
    """A person or program asked for a new try; the tries before it are no longer counted."""


class DeliveryTry(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a delivery: when, with which result, and the reason of a failure."""

    at: datetime
    result: DeliveryResult
    reason: str | None = None
    next_at: datetime | None = None
    """When the next try was planned then; a failing receiver may be paused for longer."""


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
    timing: DeliveryTiming = DeliveryTiming.NOW
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
    tries: tuple[DeliveryTry, ...] = ()
    """The last `MOST_TRIES_KEPT` tries, oldest first; none of those before this was kept."""

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried next; None if it is not, or is being tried now."""
        return self.due_at if self.state is DeliveryState.DUE else None

    @property
    def is_dead(self) -> bool:
        """Whether it never arrived and is not tried again (a dead letter)."""
        return self.state is DeliveryState.FAILED and self.at is None
