"""The normalized copies of a lead, for unique addresses, search, sorting and conditions; and which decision goes before. Used by store.leads.leads."""

from collections.abc import Collection
from datetime import UTC, datetime

import msgspec

from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.consent import LEAD, Consent, ConsentState
from tracker.domain.leads.qualification import DatedFact, Referrer
from tracker.rules.conditions.entries import TEXT, entries_of
from tracker.rules.consent import is_own_refusal
from tracker.rules.duplicates.keys import duplicate_keys
from tracker.store.core.client import Document
from tracker.store.core.search_text import normalized, search_terms
from tracker.store.leads.lead_fields import mapping

NOT_DUE = datetime(9999, 12, 31, tzinfo=UTC)
"""The sort key of leads without a next action, or with one without a date."""
_MOST_WORDS = 200
COPIED = frozenset({
    *("email", "name", "company", "next_action", "job_title", "phone", "source_detail", "external_url", "tags", "fields", "archived_at"),
    *("buying_role", "need", "timeline", "categories", "referred_by", "dated_facts", "away_until"),
})  # fmt: skip
"""The fields that normalized copies are made of."""


_SEARCHED = frozenset({"name", "company", "email", "phone", "tags", "job_title", "fields"})
"""The fields that search terms are made of."""


def changed_keys_of(document: Document, changed: Collection[str]) -> Document:
    """Those of `keys_of` that a change of these fields may change."""
    if not _SEARCHED & set(changed):
        return {name: key for name, key in _keys_of(document, with_words=False).items() if name != "email"}
    keys = keys_of(document)
    # The key of an unchanged address stays: an earlier version may have stored a pair of equal addresses (schema step 12).
    return keys if "email" in changed else {name: key for name, key in keys.items() if name != "email"}


def keys_of(document: Document) -> Document:
    """E-mail (unique), name, company, keys of duplicates, search terms, entries for conditions, days of reminders, due date and whether it is archived."""
    return _keys_of(document, with_words=True)


def _keys_of(document: Document, *, with_words: bool) -> Document:
    action, referrer = document.get("next_action"), document.get("referred_by")
    texts = {
        "next_action": action["text"] if action else None,
        "referred_by": msgspec.convert(referrer, Referrer).key if referrer else None,
        "fields": mapping(document.get("fields") or ()),
    }
    entries = entries_of(document | texts)
    return {
        "email": mailbox_key(document["email"]),
        "name": normalized(document["name"]),
        "company": normalized(document.get("company") or ""),
        "same": duplicate_keys(document["email"], document["name"], document.get("company"), document.get("phone")),
        "due": (action.get("due") or NOT_DUE) if action else NOT_DUE,
        "reminders": _reminders(document),
        "archived": document.get("archived_at") is not None,
        **({"words": _words(document)} if with_words else {}),
        "values": entries,
        "text": "".join(f"\n{entry}" for entry in entries if TEXT in entry),
    }


def _reminders(document: Document) -> list[str]:
    """The days on which dated facts remind, as ISO text."""
    facts = (msgspec.convert(fact, DatedFact) for fact in document.get("dated_facts") or ())
    return sorted({fact.remind_on.isoformat() for fact in facts if fact.remind_on})


def _words(document: Document) -> list[str]:
    """The terms of name, company and address, and after them those of other texts, as far as there is room."""
    first = search_terms(document["name"], document.get("company"), document["email"])
    texts = [document.get("phone"), *(document.get("tags") or ()), document.get("job_title")]
    texts += [row["v"] for row in document.get("fields") or () if isinstance(row["v"], str)]
    return list(dict.fromkeys([*first, *search_terms(*texts)]))[:_MOST_WORDS]


def decision_filter(consent: Consent, *, is_refusal_kept: bool) -> Document:
    """Matches a lead whose tracking consent this decision replaces: an earlier one, since captures may arrive in any order.

    The lead's own refusal is replaced by the lead or by a permission only, and replaces what others recorded without the lead, however
    late it arrives (see rules.consent.may_replace). With `is_refusal_kept`, only another refusal replaces a refusal.
    """
    state, by = "tracking_consent.state", "tracking_consent.by"
    refused, own = {state: ConsentState.REFUSED.value}, {state: ConsentState.REFUSED.value, by: LEAD}
    earlier: list[Document] = [{"tracking_consent.at": None}, {"tracking_consent.at": {"$lte": consent.at}}]
    if is_own_refusal(consent):
        earlier.append({state: {"$in": [ConsentState.UNKNOWN.value, ConsentState.EXEMPT.value]}})
    kept: list[Document] = []
    if consent.by != LEAD and consent.state is not ConsentState.GRANTED:
        kept.append(own)
    if is_refusal_kept and consent.state is not ConsentState.REFUSED:
        kept.append(refused)
    return {"$or": earlier, **({"$nor": kept} if kept else {})}
