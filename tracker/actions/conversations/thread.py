"""A conversation as people read it: the company's emails and what came back, in order. Used by console and API."""

from dataclasses import dataclass
from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.mail.conversation import Conversation
from tracker.domain.mail.message import Message
from tracker.mail import plain
from tracker.mail.inbound.cut import split
from tracker.rules.mail.conversations import thread_of

_MOST = 50
_CAME_BACK = (EventKind.REPLY, EventKind.AWAY, EventKind.BOUNCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadEntry:
    """One email of a conversation. Its texts are untrusted, also in our own email, which may quote the lead's."""

    kind: str
    """sent, reply, away or bounce."""
    at: datetime
    message: str
    """The message, or the one that it came back for."""
    text: str
    quoted: str = ""
    """What stands below its own text: quoted email, and the signature."""
    event: str | None = None
    rep: str | None = None
    """Of an email that was sent: the sender."""
    sender: str = ""
    """Of a reply by someone else: the address."""
    is_probable: bool = False
    """Whether address and subject alone tell the message."""


def thread_entries(deps: Deps, conversation: Conversation) -> list[ThreadEntry]:
    """The emails of the conversation, oldest first; of a long one the latest."""
    here = deps.store.of(conversation.workspace)
    briefs = here.messages.briefs_of_leads([conversation.lead])
    own = [one.id for one in briefs if thread_of(one) == conversation.thread and one.sent_at and one.envelope.copy_to is None][-_MOST:]
    sent = here.messages.by_ids(own)
    came = here.events.of_messages(own, _CAME_BACK) if own else []
    found = [_sent(message) for message in sent.values()] + [_came_back(event) for event in came if event.lead == conversation.lead]
    return sorted(found, key=lambda entry: (entry.at, entry.event or ""))


def last_replies(deps: Deps, workspace: str, conversations: list[Conversation]) -> dict[str, ThreadEntry]:
    """The last reply of each conversation, by the id of the conversation, as far as its event exists."""
    events = {event.id: event for event in deps.store.of(workspace).events.by_ids(one.reply for one in conversations)}
    return {one.id: _came_back(events[one.reply]) for one in conversations if one.reply in events}


def _sent(message: Message) -> ThreadEntry:
    text, quoted = split((message.text or plain.text_of(message.source_html)).replace("\r\n", "\n"))
    return ThreadEntry(
        kind="sent",
        at=message.sent_at or message.created_at,
        message=message.id,
        text=text or quoted,
        quoted=quoted if text else "",
        rep=message.rep,
    )


def _came_back(event: Event) -> ThreadEntry:
    return ThreadEntry(
        kind=event.kind.value,
        at=event.at,
        message=event.message or "",
        text=event.text or "",
        quoted=event.fields.get("quoted", ""),
        event=event.id,
        sender=event.fields.get("from", ""),
        is_probable="match" in event.fields,
    )
