"""What a rep says of a conversation: answered, open, read, unread. Called by console and API."""

from tracker.actions.deps import Deps
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.conversation import Conversation
from tracker.domain.team.rep import Rep


def mark(deps: Deps, conversation: Conversation, *, is_open: bool | None = None, is_unread: bool | None = None) -> None:
    """Changes what is given. A reply that came meanwhile stays open and unread."""
    here = deps.store.of(conversation.workspace).conversations
    if is_open is False:
        here.answered([conversation.id], conversation.replied_at)
    elif is_open:
        here.reopen(conversation.id)
    if is_unread is not None:
        here.set_read(conversation.id, reply=conversation.reply, is_read=not is_unread)


def opened(deps: Deps, conversation: Conversation, lead: Lead, rep: Rep) -> None:
    """The rep reads it: it counts as read if the rep wrote the email or owns the lead, not if a manager looks at it."""
    if conversation.is_unread and rep.id in (conversation.rep, lead.owner or rep.id):
        mark(deps, conversation, is_unread=False)
