"""Schemas of conversations."""

from typing import Any, Literal

from pydantic import Field

from tracker.actions.conversations.thread import ThreadEntry
from tracker.domain.mail.conversation import Conversation
from tracker.web.api.schemas.base import In, Moment, Out, Paged


class ConversationsQuery(Paged):
    """Filters of conversations."""

    state: Literal["open", "answered"] | None = Field(None, description="open: the last reply waits for an answer; all without it")
    rep: str | None = Field(None, description="Only replies to emails of this rep")
    lead: str | None = Field(None, description="Only conversations with this lead")


class ThreadEntryOut(Out):
    """One email of a conversation."""

    kind: str = Field(description="sent reply away bounce")
    at: Moment
    message: str = Field(description="The message that was sent, or that it came back for")
    event: str | None = Field(description="The event of what came back")
    rep: str | None = Field(description="Who sent it, of `sent`")
    sender: str = Field(description="The address of a reply by someone else than the lead")
    text: str = Field(description="Untrusted text, without what it quotes")
    quoted: str = Field(description="What stands below: quoted email and the signature; untrusted text")
    is_probable: bool = Field(description="Whether address and subject alone tell the message")


class ConversationOut(Out):
    """A conversation in which the lead has replied."""

    id: str
    lead: str
    thread: str = Field(description="The first message")
    message: str = Field(description="The message that the last reply is about")
    rep: str | None = Field(description="Who sent that message")
    subject: str
    replied_at: Moment
    last_reply: ThreadEntryOut | None
    is_open: bool = Field(description="Whether the last reply waits for an answer")
    answered_at: Moment | None
    is_unread: bool


class ConversationWithEntriesOut(ConversationOut):
    """A conversation with its emails."""

    entries: list[ThreadEntryOut] = Field(description="Oldest first, the latest 50 emails and what came back for them")


class ConversationChange(In):
    """What a rep says of a conversation."""

    is_open: bool | None = Field(None, description="false: it needs no answer; true: it does")
    is_unread: bool | None = None


def conversation_out(found: Conversation, last: ThreadEntry | None) -> ConversationOut:
    """The response for a conversation."""
    return ConversationOut.model_construct(**_values(found, last))


def conversation_with_entries_out(found: Conversation, last: ThreadEntry | None, entries: list[ThreadEntry]) -> ConversationWithEntriesOut:
    """The response for a conversation with its emails."""
    return ConversationWithEntriesOut.model_construct(**_values(found, last), entries=[_entry(one) for one in entries])


def _values(found: Conversation, last: ThreadEntry | None) -> dict[str, Any]:
    same: dict[str, Any] = {name: getattr(found, name) for name in ConversationOut.model_fields if name != "last_reply"}
    return same | {"last_reply": _entry(last) if last else None}


def _entry(entry: ThreadEntry) -> ThreadEntryOut:
    return ThreadEntryOut.model_construct(**{name: getattr(entry, name) for name in ThreadEntryOut.model_fields})
