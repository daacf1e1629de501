"""Look-ups of leads by their duplicate keys. Used by store.leads.leads."""

import re
from collections.abc import Collection

import msgspec

from tracker.domain.leads.lead import Lead
from tracker.rules.duplicates.compare import Person
from tracker.rules.duplicates.keys import NAME
from tracker.store.core.client import Document
from tracker.store.core.records import Records

_NAMES = ("email", "name", "company", "phone", "country", "owner")
_MOST_OF_KEY = 40
_PROJECTION = dict.fromkeys((*_NAMES, "keys.same"), 1)


class PersonsAlike(Records[Lead]):
    """What `Leads` knows of persons who may be the same."""

    def sharing(self, keys: Collection[str], *, limit: int) -> list[tuple[Person, frozenset[str]]]:
        """Leads that have one of the duplicate keys, each with all of its own; `limit` of them at most."""
        if not keys:
            return []
        query = {"ws": self.workspace, "keys.same": {"$in": list(keys)}}
        rows = self.rows.find(query, _PROJECTION, limit=limit, batch_size=limit)
        return [(_person(row), frozenset(row["keys"]["same"])) for row in rows]

    def shared_keys(self, *, limit: int) -> list[list[str]]:
        """The leads that share a duplicate key, but for the name alone: of `limit` keys at most, those with the fewest leads first.

        Reads all leads of the workspace. A key of more than `_MOST_OF_KEY` leads is left out: those are no persons.
        """
        counted: list[Document] = [
            {"$match": {"ws": self.workspace, "keys.same": {"$gt": ""}}},
            {"$project": {"_id": 0, "key": "$keys.same"}},
            {"$unwind": "$key"},
            {"$match": {"key": {"$not": re.compile(f"^{NAME}:")}}},
            {"$group": {"_id": "$key", "n": {"$sum": 1}}},
            {"$match": {"n": {"$gt": 1, "$lte": _MOST_OF_KEY}}},
            {"$sort": {"n": 1, "_id": 1}},
            {"$limit": limit},
        ]
        keys = [row["_id"] for row in self.rows.aggregate(counted, hint="ws_1_keys.same_1")]
        by_key: dict[str, list[str]] = {key: [] for key in keys}
        for person, own in self.sharing(keys, limit=limit * _MOST_OF_KEY):
            for key in own & by_key.keys():
                by_key[key].append(person.id)
        return list(by_key.values())


def _person(row: Document) -> Person:
    values = {name: row[name] for name in _NAMES if row.get(name) is not None}
    return msgspec.convert({"id": row["_id"].partition(":")[2], **values}, Person)
