"""Changes of many leads in one write, each only if the lead still has the version that was read. Used by store.leads.leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from tracker.domain.leads.lead import Lead
from tracker.store.core.client import Document
from tracker.store.core.records import duplicate_indexes, key_of, plain, to_document
from tracker.store.leads.lead_field_records import LeadFieldRecords
from tracker.store.leads.lead_fields import stored
from tracker.store.leads.lead_keys import COPIED, changed_keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWrite:
    """New values of a lead as it was read."""

    lead: Lead
    values: Mapping[str, Any]
    keeps_version: bool = False
    """Whether the version stays: the lead is still being added."""


class LeadBatches(LeadFieldRecords):
    """What `Leads` does with many leads at once."""

    def change_many(self, writes: Sequence[LeadWrite], at: datetime) -> set[str]:
        """The ids of the leads that were changed, those that had the version that was read (see `write_many`)."""
        return write_many(self.rows, writes, at)


def write_many(rows: Collection[Document], writes: Sequence[LeadWrite], at: datetime) -> set[str]:
    """Sets the values and `updated_at`; returns the ids of the leads that were changed.

    The others have another version by now, or a value that is unique is taken.
    """
    if not writes:
        return set()
    refused: set[int] = set()
    try:
        matched = rows.bulk_write([_update(write, at) for write in writes], ordered=False).matched_count
    except BulkWriteError as error:
        refused = set(duplicate_indexes(error))
        matched = (error.details or {}).get("nMatched", 0)
    done = {write.lead.id: write for number, write in enumerate(writes) if number not in refused}
    if matched == len(done):
        return set(done)
    # Some were not matched: those written have the version after it, and the moment of this write.
    query = {"_id": {"$in": [key_of(write.lead.workspace, lead) for lead, write in done.items()]}, "updated_at": at}
    found = {row["_id"].partition(":")[2]: row["version"] for row in rows.find(query, {"version": 1})}
    return {lead for lead, write in done.items() if found.get(lead) == write.lead.version + (not write.keeps_version)}


def _update(write: LeadWrite, at: datetime) -> UpdateOne:
    lead, values = write.lead, {name: plain(value) for name, value in write.values.items()}
    if "fields" in values:
        values["fields"] = stored(values["fields"])
    kept = {f"keys.{name}": key for name, key in _copies(lead, values).items()}
    query = {"_id": key_of(lead.workspace, lead.id), "ws": lead.workspace, "version": lead.version}
    return UpdateOne(query, {"$set": {**values, **kept, "updated_at": at}, "$inc": {"version": 0 if write.keeps_version else 1}})


def _copies(lead: Lead, values: Document) -> Document:
    """The normalized copies that these values change: making all of them takes longer than the write."""
    changed = COPIED & values.keys()
    if changed <= {"archived_at"}:
        return {"archived": values["archived_at"] is not None} if changed else {}
    return changed_keys_of(to_document(lead) | {"fields": stored(lead.fields)} | values, values.keys())
