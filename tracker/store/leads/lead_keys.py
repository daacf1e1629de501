"""The normalized copies of a lead: for unique addresses, search and sorting. Used by store.leads.leads."""

from datetime import UTC, datetime

from tracker.base.mail_addresses import mailbox_key
from tracker.store.core.client import Document
from tracker.store.core.search_text import normalized, search_terms

_FAR = datetime(9999, 12, 31, tzinfo=UTC)


def keys_of(document: Document) -> Document:
    """E-mail (unique), name, company, search terms, and when the next action is due, of a lead's document."""
    action = document.get("next_action")
    return {
        "email": mailbox_key(document["email"]),
        "name": normalized(document["name"]),
        "company": normalized(document.get("company") or ""),
        "words": search_terms(document["name"], document.get("company"), document["email"]),
        "due": (action.get("due") or _FAR) if action else _FAR,
    }
