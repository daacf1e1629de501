"""Messages and share links in requests and answers."""

from typing import Annotated

from pydantic import Field

from tracker.domain.mail.message import Message
from tracker.domain.mail.share_link import ShareLink
from tracker.web.api.schemas.base import Id, In, Line, Moment, Out, Paged, When


class MessageIn(In):
    """A message to a lead; merge fields such as {{first_name|there}} are filled."""

    lead: Id
    subject: Line
    html: Annotated[str, Field(min_length=1, max_length=2 * 2**20)]
    text: Annotated[str, Field(max_length=2**20)] | None = None
    rep: Line | None = Field(None, description="Who sends it: a rep's id or email address; the lead's owner, if empty")
    kind: Line | None = Field(None, description="`proposal` moves the lead to Proposal Sent; else a word of your own")
    campaign: Line | None = None
    track: bool = Field(default=True, description="false: the HTML stays as it is, without pixel and tracked links")


class SentIn(In):
    """Another program delivered it."""

    at: When | None = Field(None, description="Now, if empty")


class LinkOut(Out):
    """A link of a message."""

    url: str
    tracked_url: str | None
    label: str | None
    reason: str | None = Field(description="Why it stayed as it was")


class ReactionOut(Out):
    """What became of it."""

    opened_at: Moment | None
    clicked_at: Moment | None
    machine_at: Moment | None = Field(description="A machine that loads pictures by itself; alone it says nothing about the lead")
    machine_name: str | None


class MessageOut(Out):
    """A message."""

    id: str
    lead: str
    rep: str | None
    subject: str
    html: str = Field(description="To be sent as it is")
    text: str | None
    kind: str | None
    campaign: str | None
    track: bool
    pixel_url: str | None
    links: list[LinkOut]
    state: str = Field(description="draft queued sending sent failed bounced")
    error: str | None
    created_at: Moment
    sent_at: Moment | None
    reaction: ReactionOut


class MessagesQuery(Paged):
    """Which messages."""

    lead: str | None = None
    campaign: str | None = None


class ShareIn(In):
    """An address to be sent to one lead by other means than mail."""

    lead: Id
    url: Annotated[str, Field(max_length=4096)]
    label: Line


class ShareOut(Out):
    """A tracked link outside mail."""

    id: str
    lead: str
    url: str
    label: str
    tracked_url: str
    created_at: Moment


class SharesQuery(Paged):
    """Whose links."""

    lead: str


def message_out(message: Message) -> MessageOut:
    """The message as the API shows it."""
    names = ("id", "lead", "rep", "subject", "html", "text", "kind", "campaign", "track", "pixel_url", "error", "created_at", "sent_at")
    links = [LinkOut.model_construct(url=k.url, tracked_url=k.tracked_url, label=k.label, reason=k.reason) for k in message.links]
    reaction = ReactionOut.model_construct(**{name: getattr(message.reaction, name) for name in ReactionOut.model_fields})
    same = {name: getattr(message, name) for name in names}
    return MessageOut.model_construct(**same, links=links, state=message.state.value, reaction=reaction)


def share_out(share: ShareLink) -> ShareOut:
    """The link as the API shows it."""
    return ShareOut.model_construct(**{name: getattr(share, name) for name in ShareOut.model_fields})
