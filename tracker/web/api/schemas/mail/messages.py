"""Message schemas of requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.mail.message import WAITING, Message
from tracker.domain.workspace.workspace import Policy
from tracker.rules.mail.proposals import is_proposal
from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, Paged, When
from tracker.web.api.schemas.mail.envelope import EnvelopeIn, EnvelopeOut, envelope_fields


class MessageIn(EnvelopeIn):
    """A message to a lead; merge fields such as {{first_name|there}} are replaced."""

    lead: Id
    subject: Line | None = Field(None, description="Required without `template` and `reply_to_message`")
    html: Annotated[str, Field(min_length=1, max_length=2 * 2**20)] | None = Field(None, description="Required without `template`")
    text: Annotated[str, Field(max_length=2**20)] | None = None
    rep: Line | None = Field(None, description="The sender: a rep's id or email address; by default the lead's owner")
    kind: Line | None = Field(None, description="`proposal` moves the lead to Proposal Sent; any other word is a label")
    proposal: bool | None = Field(None, description="Whether it is a proposal; null: as `kind` says, else as a word of the subject tells")
    campaign: Line | None = None
    track: bool | None = Field(None, description="false: as `tracking: off`, true: as `tracking: full`")
    ask_consent: bool = Field(
        default=False, description="Adds a sentence and a link that ask for permission to track, unless the lead has answered"
    )
    tracking: Literal["off", "links", "full"] | None = Field(
        None,
        description="off: clean links and no pixel; links: tracked links and no pixel; full: both; by default as the rep's `tracking`",
    )


class SendIn(In):
    """When the message is sent; empty: at once."""

    send_at: When | None = Field(None, description="At this time; within the next year")
    working_hours: bool | None = Field(
        None, description="Whether it waits for working hours in the sender's zone; null: true with `send_at`, else false"
    )


class SentIn(In):
    """The time at which another program sent the message."""

    at: When | None = Field(None, description="Now by default")


class MessageChange(In):
    """What a caller says of a message."""

    proposal: bool | None = Field(description="Whether it is a proposal; null: as `kind` says, else as a word of the subject tells")


class LinkOut(Out):
    """A link of a message."""

    url: str
    tracked_url: str | None
    label: str | None
    reason: str | None = Field(description="Why it is not tracked")


class ReactionOut(Out):
    """Engagement with the message."""

    opened_at: Moment | None
    clicked_at: Moment | None
    machine_at: Moment | None = Field(description="An automatic image load, which says nothing about the lead")
    machine_name: str | None


class MessageOut(EnvelopeOut):
    """A message."""

    id: str
    lead: str
    rep: str | None
    subject: str
    html: str = Field(description="To be sent unchanged")
    text: str | None
    kind: str | None
    proposal: bool | None = Field(description="As it was set")
    is_proposal: bool = Field(description="Whether its first open or click makes the alert `proposal_opened`")
    campaign: str | None
    automatic: str = Field(
        description="What had it sent by itself: sequence, campaign or automation, a colon and an id; empty: a person or a program"
    )
    track: bool = Field(description="false: `tracking` is off")
    tracking: str = Field(description="off links full, as far as consent allows; links where the HTML has no certain place for the pixel")
    tracking_reason: str | None = Field(
        description="Why less is tracked than was asked for, such as `No tracking: Germany, no permission yet`"
    )
    asks_consent: bool = Field(description="Whether it asks the lead for permission to track")
    pixel_url: str | None
    links: list[LinkOut]
    state: str = Field(description="draft scheduled queued sending sent failed bounced")
    error: str | None = Field(description="Why it failed, or is not sent yet")
    queued_at: Moment | None
    send_at: Moment | None = Field(description="The time that was asked for")
    next_try_at: Moment | None = Field(description="When it is sent, or tried again; set while it is scheduled or queued")
    tries: int
    server_answer: str | None = Field(description="The mail server's last reply, unchanged: untrusted text")
    may_be_duplicate: bool = Field(description="Whether a try ended without the server's answer, so that it may have arrived twice")
    created_at: Moment
    sent_at: Moment | None
    delivered_at: Moment | None = Field(description="When the recipient's server accepted it, as another program said")
    bounced_at: Moment | None = Field(description="When it was returned; `error` has the reason, which is untrusted text")
    reaction: ReactionOut


class MessagesQuery(Paged):
    """Filters of messages."""

    lead: str | None = None
    campaign: str | None = None
    batch: str | None = Field(None, description="The messages of one email to several recipients; other filters do not apply")


def message_out(message: Message, policy: Policy) -> MessageOut:
    """The message as a response."""
    names = (
        "id",
        "lead",
        "rep",
        "subject",
        "html",
        "text",
        "kind",
        "proposal",
        "campaign",
        "automatic",
        "track",
        "tracking_reason",
        "asks_consent",
        "pixel_url",
        "error",
        "queued_at",
        "send_at",
        "tries",
        "server_answer",
        "may_be_duplicate",
        *("created_at", "sent_at", "delivered_at", "bounced_at"),
    )
    links = [LinkOut.model_construct(url=k.url, tracked_url=k.tracked_url, label=k.label, reason=k.reason) for k in message.links]
    reaction = ReactionOut.model_construct(**{name: getattr(message.reaction, name) for name in ReactionOut.model_fields})
    same = {name: getattr(message, name) for name in names} | envelope_fields(message)
    guess = is_proposal(message, policy.proposal_words)
    due = message.next_try_at if message.state in WAITING else None
    return MessageOut.model_construct(
        **same,
        tracking=message.degree.value,
        next_try_at=due,
        is_proposal=guess,
        links=links,
        state=message.state.value,
        reaction=reaction,
    )
