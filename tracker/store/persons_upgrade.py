"""The upgrade of reps to persons (schema step 4). Called by store.schema."""

from tracker.base.ids import id_of
from tracker.base.mail_addresses import address_key
from tracker.store.core.indexes import drop_index
from tracker.store.store import Store


def create_persons(store: Store) -> None:
    """Every rep becomes a person of its own, because an address proves no identity. All sessions end once.

    A visitor's rep in the demo was created for one rep of another workspace; its id is derived from that rep. It belongs to the same
    person. A password that was set in the demo does not, because visitors were identified by address there.
    """
    database = store.database
    drop_index(database.reps, "keys.email_1")
    demos = [row["_id"] for row in database.workspaces.find({"is_demo": True}, {"_id": 1})]
    visitors = _demo_visitors(store, demos)
    for row in database.reps.find({"person": {"$exists": False}}, {"keys": 1, "email": 1, "password_hash": 1}):
        rep = row["_id"].partition(":")[2]
        person = visitors.get(rep, rep)
        if row.get("password_hash") and person == rep:
            database.persons.update_one({"_id": person}, {"$setOnInsert": {"password_hash": row["password_hash"]}}, upsert=True)
        values = {"person": person, "keys.addresses": [address_key(row["email"])]}
        database.reps.update_one({"_id": row["_id"]}, {"$set": values, "$unset": {"password_hash": ""}})
    # Older sessions may have been taken over through an address.
    database.sessions.delete_many({"person": {"$exists": False}})


def _demo_visitors(store: Store, demos: list[str]) -> dict[str, str]:
    """For the id of each rep as a visitor of a demo: the rep of the same person."""
    own = (row["_id"].partition(":") for row in store.database.reps.find({}, {"_id": 1}))
    return {id_of(demo, "you", rep): rep for workspace, _, rep in own if workspace not in demos for demo in demos}
