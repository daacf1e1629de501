"""What an erased lead leaves in records of others: its company, leads it referred, alerts. Called by store.privacy.erasure_rules."""

from pymongo.collection import Collection
from pymongo.database import Database

from tracker.domain.leads.qualification import Referrer
from tracker.domain.privacy.erasure import Erasure
from tracker.rules.conditions.entries import text_entry
from tracker.store.core.client import Document
from tracker.store.core.records import key_of
from tracker.store.core.stamps import stamp_leads


def remove_left_company(database: Database[Document], collection: str, erasure: Erasure) -> None:
    """Deletes the company, if it was created with the lead, never changed, and no lead is left in it."""
    if erasure.company is None:
        return
    others = database["leads"].find_one(
        {"ws": erasure.workspace, "company_id": erasure.company, "_id": {"$ne": key_of(erasure.workspace, erasure.id)}}, {"_id": 1}
    )
    if others is None:
        database[collection].delete_one({"_id": key_of(erasure.workspace, erasure.company), "ws": erasure.workspace, "version": 0})


def remove_referrer(database: Database[Document], collection: str, erasure: Erasure) -> None:
    """Empties *referred by* of the leads that the erased one referred."""
    referrer = text_entry("referred_by", Referrer(lead=erasure.id).key)
    database[collection].update_many(
        {"ws": erasure.workspace, "keys.values": referrer},
        {"$set": {"referred_by": None}, "$pull": {"keys.values": referrer}, "$inc": {"version": 1}},
    )


def remove_shared_alerts(rows: Collection[Document], workspace: str, lead: str) -> None:
    """Removes the alerts about others that name the lead; reports notice."""
    query = {"ws": workspace, "others": lead}
    others = [row["lead"] for row in rows.find(query, {"lead": 1})]
    rows.delete_many(query)
    stamp_leads(rows, workspace, others)
