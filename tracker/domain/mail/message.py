"""The message: one mail to one lead, its tracked links, its state and the lead's engagement."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.mail.attachment import AttachedFile
from tracker.domain.mail.envelope import Envelope
from tracker.domain.mail.tracking import Tracking


class MessageState(StrEnum):
    """The state of a message. `SENDING` is claimed by the sender; `FAILED` has its reason in `error`."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One link of a message. `tracked_url` is empty if the link is not tracked for `reason`."""

    index: int
    url: str
    tracked_url: str | None = None
    label: str | None = None
    reason: str | None = None


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """Engagement with the message, derived by workers."""

    opened_at: datetime | None = None
    """First standing open, or first standing click, since a click implies an open."""
    clicked_at: datetime | None = None
    machine_at: datetime | None = None
    """First automatic image load, which alone says nothing about the lead."""
    machine_name: str | None = None
    """Its display name: `Apple Mail`, `Gmail`."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one lead. `html` is instrumented; `source_html` is the rep's original."""

    id: str
    workspace: str
    lead: str
    rep: str | None = None
    subject: str
    html: str
    source_html: str
    text: str | None = None
    kind: str | None = None
    """`proposal` moves the stage; any other word is a label."""
    proposal: bool | None = None
    """Whether it is a proposal, as a rep or a program said; None: as `rules.proposals` guesses."""
    campaign: str | None = None
    track: bool = True
    """Whether anything is tracked."""
    tracking: Tracking | None = None
    """None for messages of older versions."""
    pixel_url: str | None = None
    links: tuple[Link, ...] = ()
    state: MessageState = MessageState.DRAFT
    error: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    """When the mail server accepted it (SMTP 250), or the time reported by another program."""
    domain: str = ""
    """The domain of the recipient's address when the message was created; empty for messages of older versions."""
    envelope: Envelope = Envelope()
    message_id: str | None = None
    """The Message-ID under which Leadlight sent it, with angle brackets; empty before that, and if another program sent it."""
    attachments: tuple[AttachedFile, ...] = ()
    template: str | None = None
    """The template it was made from, and its edition."""
    template_edition: int | None = None
    reaction: Reaction = Reaction()
    version: int = 0

    @property
    def degree(self) -> Tracking:
        """How much is tracked, also for messages of older versions."""
        return self.tracking or (Tracking.FULL if self.track else Tracking.OFF)


class MessageBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A message without its texts, for workers."""

    id: str
    workspace: str
    lead: str
    subject: str
    kind: str | None = None
    proposal: bool | None = None
    track: bool = True
    tracking: Tracking | None = None
    state: MessageState = MessageState.DRAFT
    created_at: datetime | None = None
    sent_at: datetime | None = None
    domain: str = ""
    attachments: tuple[AttachedFile, ...] = ()
    reaction: Reaction = Reaction()

    @property
    def are_opens_tracked(self) -> bool:
        """Whether an open would be seen."""
        return self.track and self.tracking in (None, Tracking.FULL)
