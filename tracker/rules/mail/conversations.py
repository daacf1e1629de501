"""Which emails answer a lead's reply. Pure; called by actions.conversations."""

from datetime import datetime

from tracker.domain.mail.conversation import Conversation, conversation_id
from tracker.domain.mail.message import Message, MessageBrief


def thread_of(message: Message | MessageBrief) -> str:
    """The first message of the conversation that the message belongs to."""
    return message.envelope.thread or message.id


def conversation_of_reply(
    message: Message | MessageBrief, *, event: str, at: datetime, message_id: str | None = None, is_unread: bool = True
) -> Conversation:
    """The conversation as a reply to this message makes it; `message_id` is the reply's."""
    thread = thread_of(message)
    return Conversation(
        id=conversation_id(message.workspace, message.lead, thread),
        workspace=message.workspace,
        lead=message.lead,
        thread=thread,
        message=message.id,
        rep=message.rep,
        subject=message.subject,
        reply=event,
        replied_at=at,
        message_ids=(message_id,) if message_id else (),
        is_unread=is_unread,
    )


def answers(message: Message | MessageBrief, thread: str) -> bool:
    """Whether the message, sent after a reply in the conversation `thread`, answers it.

    One of the same conversation does, and a new email that a person wrote to the lead; what is sent by itself, a campaign and a copy to
    someone else do not.
    """
    if message.envelope.copy_to is not None:
        return False
    if message.envelope.thread is not None:
        return message.envelope.thread == thread
    return message.rep is not None and message.campaign is None and not message.automatic and message.id != thread
