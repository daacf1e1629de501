"""The conversation: an email to a lead with everything that was answered to it, as the inbox lists it."""

from datetime import datetime

import msgspec

from tracker.base.ids import id_of


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation with one lead in which the lead, or someone else with the lead's mail, has replied."""

    id: str
    """`conversation_id` of lead and thread."""
    workspace: str
    lead: str
    thread: str
    """The first message of the conversation."""
    message: str
    """The message that the last reply is about."""
    rep: str | None = None
    """Who sent that message; None: a program, in no rep's name."""
    subject: str
    reply: str
    """The event of the last reply."""
    replied_at: datetime
    message_ids: tuple[str, ...] = ()
    """The Message-IDs of the replies, the latest last, as far as they are known."""
    answered_at: datetime | None = None
    """When the company answered last, or a rep said that no answer is needed."""
    is_open: bool = True
    """Whether the last reply waits for an answer."""
    is_unread: bool = True
    version: int = 0


def conversation_id(workspace: str, lead: str, thread: str) -> str:
    """The id of the conversation with this lead that began with the message `thread`."""
    return id_of(workspace, "conversation", lead, thread)
