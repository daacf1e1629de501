"""Leads that were merged with another one: reading the lead that answers for them, their own documents, and their addresses."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from tracker.base.errors import Conflict, NotFound
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.duplicates.merge import Merged
from tracker.domain.leads.lead import Lead, LeadContact
from tracker.store.core.client import Document
from tracker.store.core.records import Records, key_of, plain
from tracker.store.core.repository import ids_of
from tracker.store.merged_ids import MERGED, hidden_in, ids_below, kept_leads

_TRIES = 5
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT_OF = ("owner", "owner_since", "archived_at", "stage", "name")
"""What an address of a merged lead has of the lead that answers for it."""


def merge_indexes() -> Iterable[IndexModel]:
    """Of merged leads by the one that was kept, and of leads at which a merge is at work."""
    is_merged = {MERGED: {"$exists": True}}
    yield IndexModel([("ws", ASCENDING), (MERGED, ASCENDING)], partialFilterExpression=is_merged, name="merged")
    at_work = {"merging_at": {"$gt": _FIRST}}
    yield IndexModel([("merging_at", ASCENDING)], partialFilterExpression=at_work, name="merging")


class MergedLeads(Records[Lead]):
    """What `Leads` does with merged leads. Everything else of it finds them under no condition but their id and address."""

    @staticmethod
    def workspace_filter(workspace: str) -> Document:
        """As of all repositories, with merged leads."""
        return {**ids_of(workspace), "ws": {"$in": [workspace, hidden_in(workspace)]}}

    @property
    def _either(self) -> Document:
        """What `ws` is of leads, merged or not."""
        return {"$in": [self.workspace, hidden_in(self.workspace)]}

    def find(self, record: str) -> Lead | None:
        """The lead, or the one that was kept of it; or nothing."""
        found = self.own(record)
        if found is None or found.merged is None:
            return found
        return self.own(self.kept_ids([record])[record])

    def own(self, record: str) -> Lead | None:
        """The lead with this id as it is stored, merged or not."""
        document = self.rows.find_one({"_id": key_of(self.workspace, record), "ws": self._either})
        return self.value_of(document) if document else None

    def by_ids(self, records: Iterable[str]) -> dict[str, Lead]:
        """As in Records; for the id of a merged lead the one that was kept."""
        found = self.own_by_ids(records)
        merged = [lead for lead, one in found.items() if one.merged is not None]
        if not merged:
            return found
        kept = self.kept_ids(merged)
        leads = found | self.own_by_ids(set(kept.values()) - found.keys())
        return {lead: leads[kept.get(lead, lead)] for lead in found if kept.get(lead, lead) in leads}

    def own_by_ids(self, records: Iterable[str]) -> dict[str, Lead]:
        """The leads with these ids as they are stored, merged or not."""
        keys = [key_of(self.workspace, record) for record in set(records)]
        rows = self.rows.find({"_id": {"$in": keys}, "ws": self._either}, batch_size=max(len(keys), 2)) if keys else ()
        return {lead.id: lead for lead in map(self.value_of, rows)}

    def each(self) -> Iterator[Lead]:
        """Every lead that is not merged, read in batches. For exports."""
        return (lead for lead in super().each() if lead.merged is None)

    def each_merged(self) -> Iterator[Lead]:
        """Every lead that was merged with another one. For exports."""
        return (self.value_of(row) for row in self.rows.find({"ws": hidden_in(self.workspace), MERGED: {"$exists": True}}))

    def all_ids_with_merged(self) -> list[str]:
        """The ids of all leads, merged or not."""
        return [row["_id"].partition(":")[2] for row in self.rows.find(self.workspace_filter(self.workspace), {"_id": 1})]

    def kept_ids(self, leads: Iterable[str]) -> dict[str, str]:
        """For each id that of the lead which answers for it: itself, if it is not merged."""
        return kept_leads(self.rows.database, self.workspace, leads)

    def ids_with_merged(self, leads: Iterable[str]) -> dict[str, str]:
        """All ids under which these leads have records, each with the one of these leads that it belongs to."""
        return self._lead_ids(leads)

    def ids_below(self, lead: str) -> set[str]:
        """The lead with those that were merged with it, and those merged with them; not the one that it was merged with."""
        return ids_below(self.rows.database, self.workspace, lead)

    def merged_with(self, lead: str) -> list[Lead]:
        """The leads that were merged with this one, as they are stored, the first merge first; without those merged with them before."""
        query = {"ws": hidden_in(self.workspace), MERGED: lead}
        found = [self.value_of(row) for row in self.rows.find(query)]
        return sorted(found, key=lambda one: (one.merged.at if one.merged else one.created_at, one.id))

    def contacts(self, leads: Iterable[str]) -> dict[str, LeadContact]:
        """Owner and address of those leads that exist, by id. Of a merged one its own address, and the owner of the one that was kept."""
        keys = [key_of(self.workspace, lead) for lead in leads]
        rows = list(self.rows.find({"_id": {"$in": keys}, "ws": self._either}, {"email": 1, "owner": 1, MERGED: 1})) if keys else []
        found = {row["_id"].partition(":")[2]: LeadContact(row.get("owner"), row["email"]) for row in rows}
        merged = [row["_id"].partition(":")[2] for row in rows if row.get("merged")]
        if merged:
            kept = self.by_ids(merged)
            found |= {lead: LeadContact(kept[lead].owner, found[lead].email) for lead in merged if lead in kept}
        return found

    def by_email(self, email: str) -> Lead | None:
        """The lead with this address, whatever its spelling (see `mailbox_key`); of a merged one's the lead that was kept."""
        return self.by_emails([email]).get(mailbox_key(email))

    def by_emails(self, emails: Iterable[str]) -> dict[str, Lead]:
        """The leads that exist, by the key of their address (`mailbox_key`); of a merged one's address the lead that was kept."""
        found = self._with_addresses(emails)
        merged = {key: lead.id for key, lead in found.items() if lead.merged is not None}
        kept = self.by_ids(merged.values()) if merged else {}
        return {key: kept.get(lead.id, lead) if key in merged else lead for key, lead in found.items()}

    def addressees(self, emails: Iterable[str]) -> dict[str, Lead]:
        """As `by_emails`; of a merged one's address that lead itself, as `addressee` has it: for what is sent to an address."""
        return {key: self._answered_for(lead) for key, lead in self._with_addresses(emails).items()}

    def addressee(self, record: str) -> Lead:
        """The lead to whom a record was written: its address, opt-out, bounces and consent hold for that address alone. Raises NotFound.

        Who owns a merged one, its name, its stage and whether it is archived are as the lead that was kept has them.
        """
        found = self.find_addressee(record)
        if found is None:
            raise NotFound("no such lead")
        return found

    def find_addressee(self, record: str) -> Lead | None:
        """As `addressee`, or nothing."""
        found = self.own(record)
        return self._answered_for(found) if found else None

    def _answered_for(self, lead: Lead) -> Lead:
        kept = self.find(lead.id) if lead.merged is not None else None
        return msgspec.structs.replace(lead, **{name: getattr(kept, name) for name in _KEPT_OF}) if kept else lead

    def _with_addresses(self, emails: Iterable[str]) -> dict[str, Lead]:
        wanted = list({mailbox_key(email) for email in emails})
        query = {"ws": self._either, "keys.email": {"$in": wanted}}
        rows = self.rows.find(query, batch_size=max(len(wanted), 2)) if wanted else ()
        found = sorted(map(self.value_of, rows), key=lambda lead: lead.merged is None)
        return {mailbox_key(lead.email): lead for lead in found}

    def add(self, record: Lead) -> Lead:
        """As in Records; the address of a merged lead is taken, too."""
        self._check_address(record.email, record.id)
        return super().add(record)

    def add_new(self, records: Sequence[Lead]) -> set[str]:
        """As in Records; the address of a merged lead is taken, too."""
        has_merged = self.rows.find_one({"ws": hidden_in(self.workspace)}, {"_id": 1}) is not None
        known = self._with_addresses(record.email for record in records) if has_merged else {}
        taken = {record.id for record in records if (one := known.get(mailbox_key(record.email))) is not None and one.merged is not None}
        return taken | super().add_new([record for record in records if record.id not in taken])

    def change_own(self, record: str, **values: Any) -> None:
        """Sets what is known of the address of this lead, merged or not. Raises NotFound, Conflict."""
        for _ in range(_TRIES):
            found = self.own(record)
            if found is None or found.merged is None:
                self.change(record, **values)
                return
            if self.save_own(found, values):
                return
        raise Conflict("it was changed meanwhile; look again")

    def is_one(self, lead: str, other: str) -> bool:
        """Whether both ids are those of one lead."""
        return lead == other or len(set(self.kept_ids([lead, other]).values())) == 1

    def _check_address(self, email: str, record: str) -> None:
        """Raises Conflict for the address of a lead that was merged: its index knows those of other leads only."""
        known = self._with_addresses([email]).get(mailbox_key(email))
        if known is not None and known.merged is not None and known.id != record:
            raise Conflict("another lead has that already")

    def hide(self, lead: Lead, merged: Merged) -> bool:
        """Merges the lead, as it was read, with another one: the one write of a merge. False if it changed meanwhile."""
        query: dict[str, Any] = {"_id": key_of(self.workspace, lead.id), "ws": self.workspace, "version": lead.version}
        update = {"$set": {"ws": hidden_in(self.workspace), "merged": plain(merged)}, "$inc": {"version": 1}}
        return self.rows.update_one(query, update).matched_count == 1

    def show(self, lead: str, into: str) -> bool:
        """Takes the merge back; false if it is not merged with that lead (any more). Raises Conflict where its address is another lead's by now."""
        query = {"_id": key_of(self.workspace, lead), "ws": hidden_in(self.workspace), MERGED: into}
        update = {"$set": {"ws": self.workspace, "merged": None}, "$inc": {"version": 1}}
        try:
            return self.rows.update_one(query, update).matched_count == 1
        except DuplicateKeyError:
            raise Conflict("another lead has its email address by now") from None

    def note_merging(self, lead: str, at: datetime) -> None:
        """Notes that a merge of this lead, or its undo, is at work since then."""
        self.rows.update_one({"_id": key_of(self.workspace, lead), "ws": self._either}, {"$set": {"merging_at": at}})

    def note_parting(self, lead: str, merged: str, at: datetime) -> None:
        """As `note_merging`; also that what the lead took over from `merged` is taken back."""
        query = {"_id": key_of(self.workspace, lead), "ws": self._either}
        change = {"$set": {"merging_at": at, "merged_values.$[one].is_parting": True}}
        self.rows.update_one(query, change, array_filters=[{"one.lead": merged}])

    def note_merged(self, lead: str, since: datetime) -> None:
        """Notes that none is at work that began by then."""
        query = {"_id": key_of(self.workspace, lead), "ws": self._either, "merging_at": {"$lte": since}}
        self.rows.update_one(query, {"$set": {"merging_at": None}})

    def merging(self, before: datetime, limit: int = 100) -> list[str]:
        """The ids of leads, merged or not, at which a merge or its undo began before that moment and is not over."""
        query = {"ws": self._either, "merging_at": {"$gt": _FIRST, "$lt": before}}
        return [row["_id"].partition(":")[2] for row in self.rows.find(query, {"_id": 1}, hint="merging", limit=limit)]

    def save_own(self, lead: Lead, values: dict[str, Any]) -> bool:
        """Changes a lead as it was read, merged or not; false if it changed meanwhile."""
        document = self.document_of(msgspec.convert(plain(lead) | plain(values), Lead, builtin_types=(datetime,)))
        changed = {name: document[name] for name in values} | {"keys": document["keys"]}
        query = {
            "_id": document["_id"],
            "ws": lead.workspace if lead.merged is None else hidden_in(lead.workspace),
            "version": lead.version,
        }
        return self.rows.update_one(query, {"$set": changed, "$inc": {"version": 1}}).matched_count == 1
