"""Shard keys: which collections a cluster spreads over its shards, and by what. `leadlight shards` prints the commands, doctor checks them.

Every shard key begins with the workspace, which every query names: a query asks only the shards that hold its workspace. Behind it
stands the hash of `_id`, so that the newest documents of one workspace are written to many chunks. A collection with a unique index
cannot have that: MongoDB wants unique indexes to begin with the whole shard key. It is divided by workspace only.
"""

from collections.abc import Iterable

from pymongo import IndexModel

Key = dict[str, int | str]

SHARDED = {
    "events": "everything that leads did: the largest",
    "visits": "grows with the events",
    "visit_days": "grows with the visits",
    "visitors": "every browser",
    "dwell": "every page view",
    "claims": "every click from an email that reached the site",
    "facts": "a document for each day of each lead",
    "moves": "every change of a stage",
    "alerts": "grows with the events",
    "messages": "every email with its text",
    "conversations": "grows with the messages",
    "enrolments": "every lead in a sequence",
    "campaign_recipients": "every recipient of a campaign",
    "mail_bytes": "every email that a rep's email client submitted, until it is sent",
    "shares": "every share link",
    "notes": "grows with the leads",
    "tasks": "grows with the leads",
    "sales": "grows with the leads",
    "changes": "every change of a lead by a person or program",
    "consents": "every choice of a lead",
    "inquiries": "every form and mail that asks",
    "audit": "what people and programs did, for 400 days",
    "leads": "every lead",
    "companies": "every company",
    "prints": "user agents and headers of all workspaces",
}
"""The collections that grow with traffic, with the reason. All others are small, or queues whose rows are claimed across workspaces."""

_WORKSPACE_FIELDS = {"events": "w"}
"""The field of the workspace, where it is not `ws`."""
PACKED = frozenset(_WORKSPACE_FIELDS)
"""Collections whose documents hold the workspace as eight bytes."""
_BY_ID = {"prints"}
"""Shared by all workspaces, and read by `_id` only."""


def workspace_field(collection: str) -> str | None:
    """The first field of the collection's shard key; None if it is not sharded by workspace."""
    return None if collection in _BY_ID or collection not in SHARDED else _WORKSPACE_FIELDS.get(collection, "ws")


def shard_key(collection: str, indexes: Iterable[IndexModel]) -> Key:
    """The key of a collection of `SHARDED` with these indexes. Raises ValueError if a unique one makes it impossible."""
    field = workspace_field(collection)
    if field is None:
        return {"_id": "hashed"}
    unique = [next(iter(index.document["key"])) for index in indexes if index.document.get("unique")]
    if wrong := [name for name in unique if name != field]:
        raise ValueError(f"a unique index of {collection} begins with {wrong[0]}, and not with {field}")
    return {field: 1} if unique else {field: 1, "_id": "hashed"}
