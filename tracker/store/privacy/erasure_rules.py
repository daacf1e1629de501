"""Erasure rules: what is removed from each collection when a lead is erased, or why nothing is. Called by actions.privacy.erase.

Every collection has one rule; a test fails for a collection without. Rules run in the order of the table, may be repeated, and find
what they remove by ids. Text is searched only while the lead is known, for what names no id.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import Binary
from pymongo.database import Database

from tracker.domain.leads.lead import Lead
from tracker.domain.ops.audit import ABOUT_LEADS
from tracker.domain.privacy.erasure import Erasure
from tracker.domain.privacy.withdrawn import WithdrawnKind, withdrawn_hash
from tracker.store.activity.event_codec import packed
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.merged_ids import hidden_in
from tracker.store.privacy.erased_companions import remove_left_company, remove_referrer, remove_shared_alerts
from tracker.store.privacy.erased_events import remove_events, remove_visits
from tracker.store.privacy.erased_import_rows import remove_from_imports
from tracker.store.privacy.erasure_reasons import UNTOUCHED

ERASED = "an erased lead"
"""What the audit log calls the lead."""
_UNNAMED: Document = {"$set": {"subject": ERASED}, "$unset": {"details.how": ""}}
_UNNAMED_RECORD: Document = {"$set": {"subject": "record", "details": {"lead": ERASED}}}
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ErasureSubject:
    """Whom and what a pass removes. `lead` is None once the lead's own record is removed."""

    database: Database[Document]
    erasure: Erasure
    lead: Lead | None

    @property
    def of_lead(self) -> Document:
        """Matches the documents of the lead, in collections that name it."""
        return {"ws": self.erasure.workspace, "lead": self.erasure.id}

    @property
    def texts(self) -> tuple[str, ...]:
        """The address and the name; none if the name is too short to be only this person's."""
        if self.lead is None:
            return ()
        return tuple(text for text in (self.lead.email, self.lead.name) if len(text) >= _SHORTEST)


_SHORTEST = 6
Rule = Callable[[ErasureSubject, str], None]


def _of_lead(subject: ErasureSubject, collection: str) -> None:
    subject.database[collection].delete_many(subject.of_lead)


def _alerts(subject: ErasureSubject, collection: str) -> None:
    """Those about the lead, and those about its company that name it."""
    _of_lead(subject, collection)
    remove_shared_alerts(subject.database[collection], subject.erasure.workspace, subject.erasure.id)


def _hook_events(subject: ErasureSubject, collection: str) -> None:
    subject.database[collection].delete_many({"ws": subject.erasure.workspace, "leads": subject.erasure.id})


def _duplicate_pairs(subject: ErasureSubject, collection: str) -> None:
    subject.database[collection].delete_many({"ws": subject.erasure.workspace, "leads": subject.erasure.id})


def _events(subject: ErasureSubject, collection: str) -> None:
    ws, erasure = bytes.fromhex(subject.erasure.workspace), subject.erasure
    queries: list[Document] = [{"w": ws, "l": packed(erasure.workspace, erasure.id)}]
    queries += [{"w": ws, "m": {"$in": [packed(erasure.workspace, one) for one in part]}} for part in _parts(erasure.messages)]
    queries += [{"w": ws, "v": {"$in": part}} for part in _parts(erasure.visitors)]
    for query in queries:
        remove_events(subject.database, collection, erasure.workspace, query, subject.texts)


def _visits(subject: ErasureSubject, collection: str) -> None:
    queries = [subject.of_lead]
    queries += [{"ws": subject.erasure.workspace, "visitor": {"$in": part}} for part in _parts(subject.erasure.visitors)]
    for query in queries:
        remove_visits(subject.database, collection, subject.erasure.workspace, query)


def _of_visitors(subject: ErasureSubject, collection: str) -> None:
    for part in _parts(subject.erasure.visitors):
        subject.database[collection].delete_many({"ws": subject.erasure.workspace, "visitor": {"$in": part}})


def _visitors(subject: ErasureSubject, collection: str) -> None:
    """Browsers of the lead alone are removed; those that others used too lose the lead."""
    rows, ws = subject.database[collection], subject.erasure.workspace
    for part in _parts(subject.erasure.visitors):
        rows.delete_many({"_id": {"$in": [key_of(ws, visitor) for visitor in part]}, "ws": ws})
    rows.update_many({"ws": ws, "bindings.lead": subject.erasure.id}, {"$pull": {"bindings": {"lead": subject.erasure.id}}})


def _deliveries(subject: ErasureSubject, collection: str) -> None:
    alerts = [row["_id"].partition(":")[2] for row in subject.database["alerts"].find(subject.of_lead, {"_id": 1})]
    for part in _parts(alerts):
        subject.database[collection].delete_many({"ws": subject.erasure.workspace, "alert": {"$in": part}})


def _evidence(subject: ErasureSubject, collection: str) -> None:
    for part in _parts(subject.erasure.messages):
        subject.database[collection].delete_many({"ws": subject.erasure.workspace, "message": {"$in": part}})


def _attachments(subject: ErasureSubject, collection: str) -> None:
    """Files of the lead's messages that no message of another lead uses. Those of a batch: see actions.mail.forget_recipient."""
    ws, messages = subject.erasure.workspace, subject.database["messages"]
    for part in _parts(subject.erasure.messages):
        used = messages.find({"ws": ws, "envelope.batch": {"$in": part}, "lead": {"$ne": subject.erasure.id}}, {"envelope.batch": 1})
        owners = sorted(set(part) - {row["envelope"]["batch"] for row in used})
        subject.database[collection].delete_many({"ws": ws, "owner": {"$in": owners}})


def _claims(subject: ErasureSubject, collection: str) -> None:
    """Those of the lead's browsers, and those of forms that the lead sent in others."""
    _of_visitors(subject, collection)
    subject.database[collection].delete_many(subject.of_lead)


def _dirty(subject: ErasureSubject, collection: str) -> None:
    """Marks of the lead and of its browsers, and later looks at them, whose keys end with their due time."""
    erasure = subject.erasure
    for kind, names in (("lead", (erasure.id,)), ("visitor", erasure.visitors)):
        for name in names:
            key = f"{erasure.workspace}:{kind}:{name}"
            subject.database[collection].delete_many({"$or": [{"_id": key}, {"_id": {"$gte": f"{key}@", "$lt": f"{key}A"}}]})


def _quarantine(subject: ErasureSubject, collection: str) -> None:
    erasure, rows = subject.erasure, subject.database[collection]
    needles = [text.encode() for text in (erasure.id, *erasure.messages, *erasure.shares, *subject.texts)]
    needles += [f'"visitor":"{visitor}"'.encode() for visitor in erasure.visitors]
    found = [
        row["_id"] for row in rows.find({"at": {"$gte": _FIRST}}, {"raw": 1}) if any(needle in bytes(row["raw"]) for needle in needles)
    ]
    rows.delete_many({"_id": {"$in": found}})


def _answers(subject: ErasureSubject, collection: str) -> None:
    """Stored responses of the API; a repeated request is then executed again."""
    terms = "|".join(re.escape(text) for text in (subject.erasure.id, *subject.texts))
    subject.database[collection].delete_many({"expires_at": {"$gte": _FIRST}, "answer": {"$regex": terms}})


def _inquiry_mails(subject: ErasureSubject, collection: str) -> None:
    """What became of the lead's email; also of ignored email from its address, which expires after 30 days otherwise."""
    _of_lead(subject, collection)
    if subject.lead is not None:
        subject.database[collection].delete_many({"ws": subject.erasure.workspace, "sender": subject.lead.email.lower()})


def _audit(subject: ErasureSubject, collection: str) -> None:
    """Entries of actions on leads keep action, actor and time.

    Those of older versions name no id: another lead of the same name loses its name there too.
    """
    rows, workspace = subject.database[collection], {"ws": subject.erasure.workspace}
    about: Document = {**workspace, "action": {"$in": [action.value for action in ABOUT_LEADS]}}
    by_id = {**workspace, "details.lead_id": subject.erasure.id}
    rows.update_many({**by_id, "details.lead": {"$exists": True}}, _UNNAMED_RECORD)
    rows.update_many(by_id, _UNNAMED)
    if subject.lead is not None:
        rows.update_many({**about, "details.lead": subject.lead.name}, _UNNAMED_RECORD)
        rows.update_many({**about, "subject": subject.lead.name}, _UNNAMED)


def _companies(subject: ErasureSubject, collection: str) -> None:
    remove_left_company(subject.database, collection, subject.erasure)


def _import_batches(subject: ErasureSubject, collection: str) -> None:
    remove_from_imports(subject.database[collection], subject.erasure.workspace, subject.erasure.id, subject.texts)


def _leads(subject: ErasureSubject, collection: str) -> None:
    remove_referrer(subject.database, collection, subject.erasure)
    ws = {"$in": [subject.erasure.workspace, hidden_in(subject.erasure.workspace)]}
    subject.database[collection].delete_one({"_id": key_of(subject.erasure.workspace, subject.erasure.id), "ws": ws})


def _link_destinations(subject: ErasureSubject, collection: str) -> None:
    keys = [Binary(withdrawn_hash(subject.erasure.workspace, WithdrawnKind.SHARE, share)) for share in subject.erasure.shares]
    for part in _parts(keys):
        subject.database[collection].delete_many({"_id": {"$in": part}})


RULES: dict[str, Rule | str] = {
    "events": _events,
    "visits": _visits,
    "claims": _claims,
    "visitors": _visitors,
    "deliveries": _deliveries,
    "alerts": _alerts,
    "hook_events": _hook_events,
    "facts": _of_lead,
    "moves": _of_lead,
    **dict.fromkeys(("automation_log", "automation_effects", "enrolments", "campaign_recipients"), _of_lead),
    "tasks": _of_lead,
    "notes": _of_lead,
    "inquiries": _of_lead,
    "inquiry_mails": _inquiry_mails,
    "sales": _of_lead,
    "shares": _of_lead,
    "link_destinations": _link_destinations,
    "consents": _of_lead,
    "duplicate_pairs": _duplicate_pairs,
    "changes": _of_lead,
    "source_changes": _of_lead,
    "import_batches": _import_batches,
    "import_changes": _of_lead,
    "evidence": _evidence,
    "attachments": _attachments,
    "conversations": _of_lead,
    "messages": _of_lead,
    "dirty": _dirty,
    "quarantine": _quarantine,
    "answers": _answers,
    "audit": _audit,
    "companies": _companies,
    "leads": _leads,
    **UNTOUCHED,
}
"""By collection: the rule, or the reason why the collection has nothing to remove."""


def remove_lead(subject: ErasureSubject) -> None:
    """One pass over every collection, the lead's own record last."""
    for collection, rule in RULES.items():
        if not isinstance(rule, str):
            rule(subject, collection)


def _parts(ids: Iterable[Any]) -> Iterable[list[Any]]:
    found = list(ids)
    return (found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE))
