"""Which records belong to a lead: those with its id, and those of all leads that were merged with it.

A merge writes one document: that of the merged lead, whose `ws` becomes `hidden_in` the workspace, so that no query for leads finds it,
and whose `merged.into` names the lead that was kept. Nothing else is rewritten: records keep the id they were written with.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from pymongo.database import Database

Document = dict[str, Any]
MERGED = "merged.into"
_LONGEST_CHAIN = 10_000
"""Merges that are followed at most; no chain is as long."""


class OfSomeLead(Protocol):
    """A record that may belong to a lead."""

    @property
    def lead(self) -> str | None:
        """The lead's id."""
        ...


R = TypeVar("R", bound=OfSomeLead)


def hidden_in(workspace: str) -> str:
    """The `ws` of merged leads."""
    return f"{workspace}~"


def workspace_of(ws: str) -> str:
    """The workspace of a lead, merged or not."""
    return ws.removesuffix("~")


def lead_ids(database: Database[Document], workspace: str, leads: Iterable[str]) -> dict[str, str]:
    """All ids under which these leads have records, each with the one of `leads` that it belongs to. One query where none is merged.

    An id of a merged lead stands for the lead that was kept. Where two of `leads` are one, their records belong to the kept one, else
    to the first.
    """
    wanted = list(dict.fromkeys(leads))
    if not _is_any_merged(database, workspace, wanted):
        return {lead: lead for lead in wanted}
    kept = kept_leads(database, workspace, wanted)
    asked: dict[str, str] = {}
    for lead in wanted:
        if lead == kept[lead] or kept[lead] not in asked:
            asked[kept[lead]] = lead
    return _with_merged(database, workspace, asked)


def ids_below(database: Database[Document], workspace: str, lead: str) -> set[str]:
    """The lead with those that were merged with it, and those merged with them; not the one that it was merged with."""
    return set(_with_merged(database, workspace, {lead: lead}))


def _with_merged(database: Database[Document], workspace: str, asked: Mapping[str, str]) -> dict[str, str]:
    found = dict(asked)
    level: Collection[str] = list(found)
    for _ in range(_LONGEST_CHAIN):
        query = {"ws": hidden_in(workspace), MERGED: {"$in": list(level)}}
        rows = [(_id(row), row["merged"]["into"]) for row in database["leads"].find(query, {MERGED: 1})] if level else []
        level = [lead for lead, _ in rows if lead not in found]
        found |= {lead: found[into] for lead, into in rows if lead not in found}
        if not level:
            break
    return found


def as_asked(records: Iterable[R], ids: Mapping[str, str]) -> list[R]:
    """The records with the lead that was asked for in place of one that was merged with it. `ids` as of `lead_ids`."""
    return [record if (lead := ids.get(record.lead or "")) in (None, record.lead) else _of(record, lead) for record in records]


def _of(record: R, lead: str | None) -> R:
    return msgspec.structs.replace(record, lead=lead)  # type: ignore[type-var]


def _is_any_merged(database: Database[Document], workspace: str, leads: Collection[str]) -> bool:
    """Whether one of these leads was merged with another one, or another one with it."""
    keys = [f"{workspace}:{lead}" for lead in leads]
    query = {"ws": hidden_in(workspace), "$or": [{"_id": {"$in": keys}}, {MERGED: {"$in": list(leads)}}]}
    return bool(keys) and database["leads"].find_one(query, {"_id": 1}) is not None


def kept_leads(database: Database[Document], workspace: str, leads: Iterable[str]) -> dict[str, str]:
    """For each id that of the lead which answers for it: itself, if it is not merged or does not exist."""
    found = {lead: lead for lead in leads}
    for _ in range(_LONGEST_CHAIN):
        into = _merged_into(database, workspace, set(found.values()))
        if not into:
            break
        found = {lead: into.get(kept, kept) for lead, kept in found.items()}
    return found


def _merged_into(database: Database[Document], workspace: str, leads: Collection[str]) -> dict[str, str]:
    keys = [f"{workspace}:{lead}" for lead in leads]
    query = {"_id": {"$in": keys}, "ws": hidden_in(workspace)}
    return {_id(row): row["merged"]["into"] for row in database["leads"].find(query, {MERGED: 1})} if keys else {}


def _id(row: Mapping[str, Any]) -> str:
    return str(row["_id"]).partition(":")[2]
