"""Look-ups of leads by their duplicate keys. Used by store.leads.leads."""

from collections.abc import Collection

import msgspec

from tracker.domain.leads.lead import Lead
from tracker.rules.duplicates.compare import Person
from tracker.store.core.client import Document
from tracker.store.core.records import Records

_NAMES = ("email", "name", "company", "phone", "country", "owner")
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


def _person(row: Document) -> Person:
    values = {name: row[name] for name in _NAMES if row.get(name) is not None}
    return msgspec.convert({"id": row["_id"].partition(":")[2], **values}, Person)
