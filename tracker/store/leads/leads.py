"""The leads of one workspace. Called by actions (changes by people and programs) and by workers (derived values)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne

from tracker.base.errors import Conflict, Invalid
from tracker.domain.leads.consent import Consent, ConsentState
from tracker.domain.leads.lead import Derived, Lead
from tracker.rules.visibility import Owners
from tracker.store.core.paging import Page, page_of
from tracker.store.core.records import key_of, plain
from tracker.store.core.stamps import STAMP_INDEX
from tracker.store.duplicates.merged_leads import MergedLeads, merge_indexes
from tracker.store.duplicates.persons_alike import PersonsAlike
from tracker.store.leads import lead_fields
from tracker.store.leads.board_records import BoardRecords, board_indexes
from tracker.store.leads.company_records import CompanyRecords, company_indexes
from tracker.store.leads.lead_keys import COPIED, changed_keys_of, decision_filter
from tracker.store.leads.lead_matches import narrowed
from tracker.store.leads.lead_query import LeadQuery, owned_by
from tracker.store.leads.lead_writes import LeadBatches
from tracker.store.leads.today import today_indexes
from tracker.store.merged_ids import hidden_in

_TRIES = 5
_REMINDS = {"keys.reminders": {"$gt": ""}}

SORTS = {
    "created": "created_at",
    "updated": "updated_at",
    "name": "keys.name",
    "score": "derived.score",
    "last_seen": "derived.last_seen_at",
    "next_action": "keys.due",
}
"""The sort orders of a list of leads; a leading minus reverses them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedSave:
    """What a worker computed from a lead; saved only if the lead still has that version."""

    lead: Lead
    derived: Derived
    stage: str
    stage_since: datetime | None


class Leads(MergedLeads, BoardRecords, CompanyRecords, LeadBatches, PersonsAlike):
    """The leads of one workspace."""

    collection = "leads"
    is_stamped = True
    indexes = (
        STAMP_INDEX,
        IndexModel([("ws", ASCENDING), ("keys.email", ASCENDING)], unique=True),
        IndexModel([("ws", ASCENDING), ("keys.words", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.values", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.text", ASCENDING)]),
        IndexModel([("ws", ASCENDING), *((f"derived.{name}", ASCENDING) for name in ("clicks", "opens", "views", "fit", "engagement"))]),
        IndexModel([("ws", ASCENDING), ("tracking_consent.state", ASCENDING), ("opted_out_at", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("stage", ASCENDING), ("stage_since", ASCENDING), ("created_at", ASCENDING)]),
        *(IndexModel([("ws", ASCENDING), (path, DESCENDING), ("_id", DESCENDING)]) for path in SORTS.values()),
        IndexModel([("ws", ASCENDING), ("stage", ASCENDING), ("derived.score", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("owner", ASCENDING), ("derived.last_seen_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("derived.last_contact_at", ASCENDING), ("derived.first_contact_at", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("source", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("tags", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("bounced_at", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("new_email_at", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("derived.profile", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("derived.touch_entries", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("fields.k", ASCENDING), ("fields.v", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("derived.scored_at", ASCENDING), ("derived.engagement", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.name", ASCENDING), ("keys.company", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.same", ASCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.archived", ASCENDING), ("archived_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("ws", ASCENDING), ("keys.reminders", ASCENDING)], partialFilterExpression=_REMINDS),
        IndexModel([("keys.reminders", ASCENDING), ("ws", ASCENDING)], partialFilterExpression=_REMINDS, name="reminders_of_all"),
        *today_indexes(),
        *board_indexes(),
        *company_indexes(),
        *merge_indexes(),
    )
    kind = Lead

    def change(self, record: str, *, version: int | None = None, **values: object) -> Lead:
        """As in Records; updates the normalized copies too. Changes `derived` only if it is given. Of a merged lead the kept one changes."""
        kept = self.get(record)
        if kept.id != record:
            return self.change(kept.id, version=version, **values)
        if "email" in values:
            self._check_address(str(values["email"]), record)
        if "fields" in values:
            values["fields"] = lead_fields.stored(values["fields"])  # type: ignore[arg-type]
        if not COPIED & values.keys():
            return super().change(record, version=version, **values)
        for _ in range(_TRIES):
            now = self.get(record)
            expected = now.version if version is None else version
            merged = self.document_of(now) | {name: plain(value) for name, value in values.items()}
            keys = {f"keys.{name}": key for name, key in changed_keys_of(merged, values.keys()).items()}
            try:
                return super().change(record, version=expected, **values, **keys)
            except Conflict:
                if version is not None or self.get(record).version == now.version:
                    raise
        raise Conflict("it was changed meanwhile; look again")

    def page(self, query: LeadQuery, *, sort: str = "-last_seen", cursor: str | None = None, limit: int = 50) -> Page[Lead]:
        """One page of the list. Raises Invalid for an unknown sort or a foreign cursor.

        `field:NAME` sorts by a custom field, where fewer than `lead_fields.MOST_SORTED` leads match.
        """
        found = narrowed(self.rows, self.workspace, query)
        if sort.removeprefix("-").startswith("field:"):
            return self.page_by_field(found.filter, sort=sort, cursor=cursor, limit=limit)
        path = SORTS.get(sort.removeprefix("-"))
        if path is None:
            raise Invalid("sort", f"sort by one of {', '.join(SORTS)}, field:NAME, with a minus in front to turn it round")
        is_down, hint = sort.startswith("-"), found.page_index(path)
        return page_of(self, found.filter, sort=path, descending=is_down, cursor=cursor, limit=limit, hint=hint)

    def count_of(self, query: LeadQuery, *, most: int = 0) -> int:
        """How many leads the list has; stops counting at `most` (0: never)."""
        return self.count((found := narrowed(self.rows, self.workspace, query)).filter, limit=most, hint=found.count_index)

    def ids_of(self, query: LeadQuery, *, most: int) -> list[str]:
        """The ids of the leads that the list has, `most` at most."""
        found = narrowed(self.rows, self.workspace, query)
        rows = self.rows.find({"ws": self.workspace, **found.filter}, {"_id": 1}, limit=most, batch_size=most, hint=found.count_index)
        return [row["_id"].partition(":")[2] for row in rows]

    def counts_by(self, field: str, *, visible_to: Owners | None = None) -> dict[str | None, int]:
        """How many leads per value of `stage`, `source` or `owner`."""
        if field not in {"stage", "source", "owner"}:
            raise ValueError(field)
        match = {"ws": self.workspace, "keys.archived": False, **owned_by(visible_to)}
        rows = self.rows.aggregate([{"$match": match}, {"$group": {"_id": f"${field}", "n": {"$sum": 1}}}])
        return {row["_id"]: row["n"] for row in rows}

    def in_stage(self, stage: str, *, limit: int) -> list[str]:
        """The ids of leads in this stage."""
        rows = self.rows.find({"ws": self.workspace, "stage": stage}, {"_id": 1}, limit=limit)
        return [row["_id"].partition(":")[2] for row in rows]

    def set_stage(self, leads: Iterable[str], stage: str, at: datetime) -> None:
        """Sets the stage of these leads, whose moves were logged at this moment."""
        keys = [key_of(self.workspace, lead) for lead in leads]
        self.rows.update_many(
            {"_id": {"$in": keys}},
            {"$set": {"stage": stage, "stage_since": at, "lost_reason": None, "updated_at": at}, "$inc": {"version": 1}},
        )

    def rename_source(self, before: str, after: str, at: datetime) -> int:
        """Gives the leads of one source another one; how many."""
        changes = {"source": after, "updated_at": at}
        query = {"ws": self._either, "source": before}
        return self.rows.update_many(query, {"$set": changes, "$inc": {"version": 1}}).modified_count

    def tags(self) -> list[str]:
        """Every tag in use, sorted."""
        return sorted(self.rows.distinct("tags", {"ws": self.workspace}))

    def scored_before(self, moment: datetime, *, limit: int) -> list[Lead]:
        """Leads with engagement whose score was last computed before that moment."""
        return self.where({"derived.scored_at": {"$lt": moment}, "derived.engagement": {"$ne": 0}}, limit=limit)

    def reminding_on(self, days: Iterable[date], *, limit: int = 1_000) -> list[Lead]:
        """Leads with a dated fact that reminds on one of these days, without archived ones."""
        query = {"keys.reminders": {"$in": [day.isoformat() for day in days]}, "archived_at": None}
        return self.where(query, limit=limit)

    def all_ids(self) -> list[str]:
        """The ids of all leads."""
        return [row["_id"].partition(":")[2] for row in self.rows.find({"ws": self.workspace}, {"_id": 1})]

    def hand_over(self, owner: str, to: str | None, at: datetime) -> int:
        """Gives all leads of this owner to another one, or to none; how many, without those that were merged with others."""
        update = {"$set": {"owner": to, "owner_since": at, "updated_at": at}, "$inc": {"version": 1}}
        self.rows.update_many({"ws": hidden_in(self.workspace), "owner": owner}, update)
        return self.rows.update_many({"ws": self.workspace, "owner": owner}, update).modified_count

    def opt_out(self, lead: str, at: datetime) -> None:
        """Records that the lead wants no more mail; keeps the first time."""
        query = {"_id": key_of(self.workspace, lead), "ws": self._either, "opted_out_at": None}
        self.rows.update_one(query, {"$set": {"opted_out_at": at}, "$inc": {"version": 1}})

    def decide_tracking(self, lead: str, consent: Consent, *, is_refusal_kept: bool = False) -> bool:
        """Sets what the lead allows, unless what is known goes before it; returns whether it did. See `decision_filter`."""
        query = {"_id": key_of(self.workspace, lead), "ws": self._either, **decision_filter(consent, is_refusal_kept=is_refusal_kept)}
        update = {"$set": {"tracking_consent": plain(consent)}, "$inc": {"version": 1}}
        return self.rows.update_one(query, update).matched_count == 1

    def restore_tracking(self, lead: str, former: Consent, restored: Consent) -> bool:
        """Sets what the lead allows in place of `former`, which turned out to be void; returns whether it did."""
        known = plain(former)
        query = {
            "_id": key_of(self.workspace, lead),
            "ws": self._either,
            **{f"tracking_consent.{name}": known.get(name) for name in ("state", "at", "how", "by")},
        }
        update = {"$set": {"tracking_consent": plain(restored)}, "$inc": {"version": 1}}
        return self.rows.update_one(query, update).matched_count == 1

    def refusing(self, leads: Iterable[str]) -> set[str]:
        """Those of the leads who refused tracking. Called by workers.drain."""
        keys = [key_of(self.workspace, lead) for lead in leads]
        query = {"_id": {"$in": keys}, "ws": self._either, "tracking_consent.state": ConsentState.REFUSED.value}
        return {row["_id"].partition(":")[2] for row in self.rows.find(query, {"_id": 1})} if keys else set()

    def save_derived(self, saves: Sequence[DerivedSave]) -> int:
        """Saves what workers computed, in one write; returns how many leads were saved.

        A lead that changed since it was read is left unchanged: a person's change increments `version`, a worker's sets `scored_at`.
        """
        writes = [
            UpdateOne(
                {
                    "_id": key_of(self.workspace, save.lead.id),
                    "version": save.lead.version,
                    "derived.scored_at": save.lead.derived.scored_at,
                },
                {"$set": {"derived": plain(save.derived), "stage": save.stage, "stage_since": save.stage_since}},
            )
            for save in saves
        ]
        return self.rows.bulk_write(writes, ordered=False).matched_count if writes else 0
