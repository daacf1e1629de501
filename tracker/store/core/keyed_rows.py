"""Rows of a sharded collection: each query names the shard key, so that the cluster asks the shards of that workspace and no others.

The key is added where MongoDB is a cluster, or not known yet: elsewhere it would cost the planner time and change nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import MongoClient

from tracker.store.core.client import Document

_UNSHARDED = frozenset({"ReplicaSetWithPrimary", "ReplicaSetNoPrimary"})
_PREFIX = 8
"""Bytes of the workspace in packed ids."""
_TRIES = 5


class ClusterCheck:
    """Whether the driver's server is a `mongos`, as far as it knows; never connects."""

    def __init__(self, client: MongoClient[Document], *, always: bool = False) -> None:
        """`always`: for checks of the queries themselves."""
        self._client, self._found = client, True if always else None

    def __call__(self) -> bool:
        """False once it is known that there are no shards."""
        if self._found is None:
            seen = self._client.topology_description
            kinds = {server.server_type_name for server in seen.server_descriptions().values()}
            if seen.topology_type_name in _UNSHARDED or (seen.topology_type_name == "Single" and not kinds & {"Mongos", "Unknown"}):
                self._found = False
            elif "Mongos" in kinds:
                self._found = True
            else:
                return True
        return self._found


class KeyedRows:
    """A collection whose queries name the workspace; everything else is the driver's."""

    def __init__(self, rows: Any, field: str, workspace: str | bytes | None, is_needed: Callable[[], bool]) -> None:
        """`workspace`: of all queries; None to take it from the `_id` that a query names."""
        self._rows, self._field, self._workspace, self._is_needed = rows, field, workspace, is_needed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    def with_options(self, **options: Any) -> "KeyedRows":
        """As of the driver."""
        return KeyedRows(self._rows.with_options(**options), self._field, self._workspace, self._is_needed)

    def find(self, query: Any = None, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.find(self._keyed(query), *arguments, **options)

    def find_one(self, query: Any = None, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.find_one(self._keyed(query), *arguments, **options)

    def find_one_and_update(self, query: Any, update: Any, **options: Any) -> Any:
        """As of the driver. Where the query names no workspace, the document is looked up first: a cluster changes one whose key it knows."""
        keyed = self._keyed(query)
        if self._field in keyed or not self._is_needed() or options.get("upsert"):
            return self._rows.find_one_and_update(keyed, update, **options)
        for _ in range(_TRIES):
            first = self._rows.find_one(keyed, {"_id": 1, self._field: 1}, sort=options.get("sort"))
            if first is None:
                return None
            exact = {**keyed, "_id": first["_id"], self._field: first[self._field]}
            if (found := self._rows.find_one_and_update(exact, update, **options)) is not None:
                return found
        return None  # others claim at the same time, and ask again

    def find_one_and_delete(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.find_one_and_delete(self._keyed(query), *arguments, **options)

    def update_one(self, query: Any, update: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.update_one(self._keyed(query), update, *arguments, **options)

    def update_many(self, query: Any, update: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.update_many(self._keyed(query), update, *arguments, **options)

    def replace_one(self, query: Any, document: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.replace_one(self._keyed(query), document, *arguments, **options)

    def delete_one(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.delete_one(self._keyed(query), *arguments, **options)

    def delete_many(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.delete_many(self._keyed(query), *arguments, **options)

    def count_documents(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.count_documents(self._keyed(query), *arguments, **options)

    def distinct(self, name: str, query: Any = None, **options: Any) -> Any:
        """As of the driver."""
        return self._rows.distinct(name, self._keyed(query), **options)

    def aggregate(self, stages: Sequence[Mapping[str, Any]], **options: Any) -> Any:
        """As of the driver; the first stage matches the workspace."""
        if not self._is_needed():
            return self._rows.aggregate(stages, **options)
        first, rest = ({}, list(stages)) if not stages or "$match" not in stages[0] else (stages[0]["$match"], list(stages[1:]))
        return self._rows.aggregate([{"$match": self._keyed(first)}, *rest], **options)

    def bulk_write(self, requests: Sequence[Any], **options: Any) -> Any:
        """As of the driver; the requests are changed for it."""
        if self._is_needed():
            for request in requests:
                if hasattr(request, "_filter"):
                    request._filter = self._keyed(request._filter)  # noqa: SLF001 - the driver offers no way to read a request
        return self._rows.bulk_write(requests, **options)

    def _keyed(self, query: Any) -> Document:
        """The query with the workspace, unless it names it, or none is known."""
        wanted: Document = dict(query or {})
        if self._field in wanted or not self._is_needed():
            return wanted
        named = self._workspace if self._workspace is not None else _named_by(wanted.get("_id"))
        return wanted if named is None else {**wanted, self._field: named}


def _named_by(key: Any) -> Any:
    """The workspace of an id, or the workspaces of a list of ids; None if it cannot be told."""
    if isinstance(key, dict) and isinstance(key.get("$in"), list | tuple):
        found = {_workspace_of(one) for one in key["$in"]}
        return None if None in found else {"$in": sorted(found)}
    return _workspace_of(key)


def _workspace_of(key: Any) -> Any:
    if isinstance(key, bytes):
        return key[:_PREFIX]
    return key.partition(":")[0] if isinstance(key, str) and ":" in key else None
