"""The message: one mail to one lead, its tracked links, its state and the lead's engagement."""

from datetime import datetime
from enum import StrEnum

import msgspec

from tracker.domain.mail.attachment import AttachedFile
from tracker.domain.mail.envelope import ALONE, Envelope
from tracker.domain.mail.tracking import Tracking


class MessageState(StrEnum):
    """The state of a message. `SENDING` is claimed by the sender; `FAILED` has its reason in `error`."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    """Waits for `next_try_at`: a time that was asked for, or the begin of working hours."""
    QUEUED = "queued"
    """Due, or waiting for its next try."""
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


WAITING = (MessageState.SCHEDULED, MessageState.QUEUED)
"""States of messages that wait to be sent and can be cancelled."""


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
    image_at: datetime | None = None
    """First standing open; a click is none. The next ones are for reports, too."""
    any_image_at: datetime | None = None
    """First open by a person, a program or something unsure."""
    any_click_at: datetime | None = None
    """The same of clicks."""
    replied_at: datetime | None = None
    """First standing reply."""


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
    """A campaign (domain.outreach.campaign), or the label that a program gave."""
    automatic: str = ""
    """What had it sent without a person: `sequence`, `campaign` or `automation`, a colon and an id. Empty: a person or a program wrote it."""
    track: bool = True
    """Whether anything is tracked."""
    tracking: Tracking | None = None
    """None for messages of older versions."""
    requested: Tracking | None = None
    """What the author asked for; None for messages of older versions: what is tracked."""
    allowed: Tracking = Tracking.FULL
    """What the lead's consent allowed when it was composed."""
    tracking_reason: str | None = None
    """Why less is tracked than was asked for, in words."""
    asks_consent: bool = False
    """Whether it asks the lead for permission to track."""
    source_text: str | None = None
    """The author's own text part, with its merge fields; None: it was generated."""
    pixel_url: str | None = None
    links: tuple[Link, ...] = ()
    state: MessageState = MessageState.DRAFT
    error: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    """When the mail server accepted it (SMTP 250), or the time reported by another program."""
    delivered_at: datetime | None = None
    """When another program said that the recipient's server accepted it."""
    bounced_at: datetime | None = None
    """When it was returned; `error` has the reason."""
    domain: str = ""
    """The domain of the recipient's address when the message was created; empty for messages of older versions."""
    envelope: Envelope = ALONE
    attachments: tuple[AttachedFile, ...] = ()
    template: str | None = None
    """The template it was made from, and its edition."""
    template_edition: int | None = None
    mailbox: str = ""
    """The sender's address at the time of sending: one mailbox sends one message at a time, and has a daily limit."""
    message_id: str | None = None
    """The Message-ID with angle brackets, fixed before Leadlight's first try; empty if only another program sent it."""
    server_message_id: str | None = None
    """The Message-ID that the mail server put in its place, with angle brackets; empty if its reply told none."""
    queued_at: datetime | None = None
    send_at: datetime | None = None
    """The time that was asked for; empty: at once."""
    waits: bool = False
    """Whether it is sent in working hours only."""
    wanted_at: datetime | None = None
    """When it became due; it is given up three days later."""
    next_try_at: datetime | None = None
    """When it is due, or when the lease of the current try expires; empty unless something remains to be done."""
    tries: int = 0
    server_answer: str | None = None
    """The mail server's last reply to the message, as it said it: untrusted text."""
    was_interrupted: bool = False
    """Whether the try before the present one ended without a result."""
    may_be_duplicate: bool = False
    """Whether a try ended without an answer after the text was sent, so that the message may have arrived twice."""
    relayed: str = ""
    """The mail of an email client that it carries (`domain.mail.accepted_mail`); empty: Leadlight builds the mail."""
    reaction: Reaction = Reaction()
    version: int = 0

    @property
    def degree(self) -> Tracking:
        """How much is tracked, also for messages of older versions."""
        return self.tracking or (Tracking.FULL if self.track else Tracking.OFF)

    @property
    def wanted(self) -> Tracking:
        """The degree that the author asked for."""
        return self.requested or self.degree


class MessageBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A message without its texts, for workers."""

    id: str
    workspace: str
    lead: str
    rep: str | None = None
    subject: str
    kind: str | None = None
    campaign: str | None = None
    automatic: str = ""
    proposal: bool | None = None
    track: bool = True
    tracking: Tracking | None = None
    state: MessageState = MessageState.DRAFT
    created_at: datetime | None = None
    sent_at: datetime | None = None
    domain: str = ""
    attachments: tuple[AttachedFile, ...] = ()
    may_be_duplicate: bool = False
    reaction: Reaction = Reaction()
    envelope: Envelope = ALONE

    @property
    def are_opens_tracked(self) -> bool:
        """Whether an open would be seen."""
        return self.track and self.tracking in (None, Tracking.FULL)
