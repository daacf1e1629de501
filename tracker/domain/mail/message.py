"""The message: one mail to one lead, its tracked links, its state and the lead's reaction."""

from datetime import datetime
from enum import StrEnum

import msgspec


class MessageState(StrEnum):
    """How far the message got. `SENDING` is claimed by the sender; `FAILED` says why in `error`."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One link of a message. `tracked_url` is empty where `reason` says why it stayed as it was."""

    index: int
    url: str
    tracked_url: str | None = None
    label: str | None = None
    reason: str | None = None


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """Derived by workers: what the lead did with it."""

    opened_at: datetime | None = None
    """First standing open, or first standing click, since a click implies an open."""
    clicked_at: datetime | None = None
    machine_at: datetime | None = None
    """First open by a machine that loads pictures by itself; alone it means: can't tell."""
    machine_name: str | None = None
    """Which one, for people: `Apple Mail`, `Gmail`."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one lead. `html` is instrumented; `source_html` is what the rep wrote."""

    id: str
    workspace: str
    lead: str
    rep: str | None = None
    subject: str
    html: str
    source_html: str
    text: str | None = None
    kind: str | None = None
    """`proposal` moves the stage; anything else is the team's own word."""
    campaign: str | None = None
    track: bool = True
    pixel_url: str | None = None
    links: tuple[Link, ...] = ()
    state: MessageState = MessageState.DRAFT
    error: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    """When it was accepted for delivery (SMTP 250), or when the other program said it was."""
    reaction: Reaction = Reaction()
    version: int = 0


class MessageBrief(msgspec.Struct, frozen=True, kw_only=True):
    """What workers need of a message: everything but its words."""

    id: str
    workspace: str
    lead: str
    subject: str
    kind: str | None = None
    track: bool = True
    state: MessageState = MessageState.DRAFT
    sent_at: datetime | None = None
    reaction: Reaction = Reaction()
