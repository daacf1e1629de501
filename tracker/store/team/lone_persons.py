"""Removes the persons of a workspace that is removed. Called by `tracker.store.store`."""

from collections.abc import Iterable

from pymongo.database import Database

from tracker.store.core.client import Document
from tracker.store.core.repository import Repository
from tracker.store.team.reps import Reps


def remove_lone_persons(database: Database[Document], workspace: str, repositories: Iterable[type[Repository]]) -> None:
    """Deletes the persons who have reps in this workspace only, and signs them out. Other sessions continue elsewhere."""
    reps = database[Reps.collection]
    here = [row["person"] for row in reps.find({"ws": workspace}, {"person": 1}) if "person" in row]
    elsewhere = {row["person"] for row in reps.find({"person": {"$in": here}, "ws": {"$ne": workspace}}, {"person": 1})}
    gone = [person for person in here if person not in elsewhere]
    for kind in repositories:
        if kind.person_field is not None:
            database[kind.collection].delete_many({kind.person_field: {"$in": gone}})
