"""/conversations: the replies of leads, and what was answered: the inbox."""

from tracker.actions.conversations.inbox import mark
from tracker.actions.conversations.thread import last_replies, thread_entries
from tracker.domain.mail.conversation import Conversation
from tracker.store.core.paging import Page
from tracker.web.api.access import visible_lead
from tracker.web.api.lists import visible_page
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.mail.conversations import (
    ConversationChange,
    ConversationOut,
    ConversationsQuery,
    ConversationWithEntriesOut,
    conversation_out,
    conversation_with_entries_out,
)

operations = Operations()


@operations.add("GET", "/conversations", query=ConversationsQuery, response=List[ConversationOut])
def list_conversations(call: Call, query: ConversationsQuery) -> List[ConversationOut]:
    """Lists the conversations in which leads have replied, the latest reply first."""
    is_open = None if query.state is None else query.state == "open"
    leads = None if query.lead is None else [query.lead]

    def fetch(cursor: str | None, size: int) -> Page[Conversation]:
        return call.store.conversations.page(rep=query.rep, is_open=is_open, leads=leads, cursor=cursor, limit=size)

    page = visible_page(call, fetch, query)
    last = last_replies(call.deps, call.workspace.id, page.items)
    return List[ConversationOut].model_construct(items=[conversation_out(one, last.get(one.id)) for one in page.items], next=page.next)


@operations.add("GET", "/conversations/{conversation}", response=ConversationWithEntriesOut)
def get_conversation(call: Call, conversation: str) -> ConversationWithEntriesOut:
    """Returns a conversation with its emails and replies; this does not mark it as read."""
    return _with_entries(call, _visible(call, conversation))


@operations.add("PATCH", "/conversations/{conversation}", body=ConversationChange, response=ConversationWithEntriesOut)
def change_conversation(call: Call, conversation: str, body: ConversationChange) -> ConversationWithEntriesOut:
    """Says that a conversation needs no answer, or does, and marks it as read or unread. Emails that are sent answer by themselves."""
    found = _visible(call, conversation)
    mark(call.deps, found, is_open=body.is_open, is_unread=body.is_unread)
    return _with_entries(call, call.store.conversations.get(conversation))


def _visible(call: Call, conversation: str) -> Conversation:
    found = call.store.conversations.get(conversation)
    visible_lead(call, found.lead)
    return found


def _with_entries(call: Call, found: Conversation) -> ConversationWithEntriesOut:
    last = last_replies(call.deps, call.workspace.id, [found]).get(found.id)
    return conversation_with_entries_out(found, last, thread_entries(call.deps, found))
