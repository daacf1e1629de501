"""Keeps conversations up to date with replies and with what is sent. Called by actions.mail_inbound and by whatever sends mail.

A reply may become known after its answer was sent, since mailboxes are read later: whichever is told last sees the other.
"""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.domain.mail.message import Message
from tracker.rules.mail.conversations import answers, conversation_of_reply


def follow_reply(deps: Deps, message: Message, *, event: str, at: datetime, message_id: str | None = None) -> None:
    """A reply to this message, with its event and its Message-ID. Repeating it changes nothing."""
    here = deps.store.of(message.workspace)
    made = conversation_of_reply(message, event=event, at=at, message_id=message_id)
    here.conversations.replied(made)
    sent = here.messages.briefs_of_leads([message.lead])
    later = [one.sent_at for one in sent if one.sent_at and one.sent_at > at and answers(one, made.thread)]
    if later:
        here.conversations.answered([made.id], max(later))


def follow_sent(deps: Deps, message: Message, at: datetime) -> None:
    """The message was sent to its lead: it answers the conversations that it belongs to, or, as a new email, all of the lead's."""
    here = deps.store.of(message.workspace).conversations
    here.answered([one.id for one in here.of_lead(message.lead) if answers(message, one.thread)], at)
