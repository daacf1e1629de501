"""Custom fields of the leads of one workspace: in documents, in the order of a list, and changed for many leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, UpdateOne

from tracker.base.errors import Invalid
from tracker.domain.leads.field_value import FieldValue
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.core.paging import Page, page_by_value
from tracker.store.core.records import Records, key_of, to_document
from tracker.store.leads.lead_fields import MOST_SORTED, mapping, stored, value_of_field
from tracker.store.leads.lead_keys import keys_of
from tracker.store.leads.lead_query import owned_by
from tracker.store.merged_ids import hidden_in, workspace_of


class LeadFieldRecords(Records[Lead]):
    """What `Leads` does with custom fields."""

    def document_of(self, record: Lead) -> Document:
        """With the custom fields as an array, and normalized copies: e-mail (unique), name, company, search terms, and when the next action is due."""
        document = to_document(record)
        document["fields"] = stored(record.fields)
        return document | {"keys": keys_of(document)}

    def value_of(self, document: Document) -> Lead:
        """With the custom fields as a mapping, and the workspace of a merged lead."""
        return super().value_of(document | {"fields": mapping(document.get("fields") or ()), "ws": workspace_of(document["ws"])})

    def page_by_field(self, query: Document, *, sort: str, cursor: str | None, limit: int) -> Page[Lead]:
        """One page of what matches, sorted by a custom field: `field:NAME`. Raises Invalid where too many leads match."""
        if self.count(query, limit=MOST_SORTED) >= MOST_SORTED:
            raise Invalid("sort", f"by a custom field needs a list of fewer than {MOST_SORTED:,} leads; add a filter")
        value = value_of_field(sort.removeprefix("-").removeprefix("field:"))
        return page_by_value(self, query, value=value, descending=sort.startswith("-"), cursor=cursor, limit=limit)

    def field_names(self, *, visible_to: Owners | None = None, with_merged: bool = False) -> list[str]:
        """The name of every custom field that a lead has, or a merged one."""
        found = set(self.rows.distinct("fields.k", {"ws": self.workspace, **owned_by(visible_to)}))
        merged = self.rows.distinct("fields.k", {"ws": hidden_in(self.workspace)}) if with_merged else ()
        return sorted(found.union(merged))

    def count_with_field(self, name: str, *, visible_to: Owners | None = None) -> int:
        """How many leads have this custom field."""
        return self.count({"fields.k": name, **owned_by(visible_to)})

    def ids_with_field(self, name: str) -> list[str]:
        """The ids of all leads with this custom field, also of merged ones."""
        query = {"ws": {"$in": [self.workspace, hidden_in(self.workspace)]}, "fields.k": name}
        return [row["_id"].partition(":")[2] for row in self.rows.find(query, {"_id": 1})]

    def set_fields(self, saves: Sequence[tuple[Lead, Mapping[str, FieldValue]]], at: datetime) -> None:
        """Sets the custom fields of leads that did not change since they were read."""
        writes = []
        for lead, fields in saves:
            document = self.document_of(msgspec.structs.replace(lead, fields=dict(fields)))
            copies = {f"keys.{name}": document["keys"][name] for name in ("words", "values", "text")}
            changes = {"fields": document["fields"], **copies, "updated_at": at}
            query = {"_id": document["_id"], "version": lead.version}
            writes.append(UpdateOne(query, {"$set": changes, "$inc": {"version": 1}}))
        if writes:
            self.rows.bulk_write(writes, ordered=False)

    def renew_keys(self, *, after: str = "", limit: int = 1000) -> str:
        """Writes the normalized copies of leads again, from the first id after `after`; returns the last id, empty at the end."""
        query = {"_id": {"$gt": key_of(self.workspace, after), "$lt": f"{self.workspace};"}}
        rows = list(self.rows.find(query, sort=[("_id", ASCENDING)], limit=limit))
        # The key of an address stays: an earlier version may have stored a pair of equal addresses (schema step 12).
        changes = [{f"keys.{name}": key for name, key in keys_of(row).items() if name != "email"} for row in rows]
        writes = [UpdateOne({"_id": row["_id"], "version": row["version"]}, {"$set": new}) for row, new in zip(rows, changes, strict=True)]
        if writes:
            self.rows.bulk_write(writes, ordered=False)
        return rows[-1]["_id"].partition(":")[2] if len(rows) == limit else ""
