"""The conversations of replies that an earlier version recorded (schema step 35). Called by store.schema."""

from collections.abc import Iterator
from itertools import groupby

from tracker.domain.activity.event import EventKind
from tracker.rules.mail.conversations import answers, conversation_of_reply
from tracker.store.store import Store, WorkspaceStore

_AT_ONCE = 500


def add_past_conversations(store: Store) -> None:
    """They count as read. Later emails to the lead answered them, as the rules of today have it."""
    store.ensure_indexes()
    for workspace in store.workspaces.all():
        here = store.of(workspace.id)
        for lead, messages in groupby(_replied(here), key=lambda one: one[0]):
            _add(here, lead, [message for _, message in messages])


def _replied(here: WorkspaceStore) -> Iterator[tuple[str, str]]:
    """Lead and message of every message that was replied to."""
    rows = here.events.rows.find({"m": {"$exists": True}, "w": bytes.fromhex(here.workspace), "k": EventKind.REPLY.value}, {"l": 1, "m": 1})
    return iter(sorted({(row["l"][8:].hex(), row["m"][8:].hex()) for row in rows.batch_size(_AT_ONCE) if "l" in row}))


def _add(here: WorkspaceStore, lead: str, messages: list[str]) -> None:
    briefs = {one.id: one for one in here.messages.briefs_of_leads([lead])}
    for event in here.events.of_messages(messages, (EventKind.REPLY,)):
        message = briefs.get(event.message or "")
        if message is None:
            continue
        made = conversation_of_reply(message, event=event.id, at=event.at, is_unread=False)
        here.conversations.replied(made)
        later = [one.sent_at for one in briefs.values() if one.sent_at and one.sent_at > event.at and answers(one, made.thread)]
        if later:
            here.conversations.answered([made.id], max(later))
