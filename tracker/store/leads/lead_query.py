"""Which leads a list shows: the filters, and the query they become. Used by store.leads.leads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.rules.conditions.lead_tests import LeadTest
from tracker.rules.pipeline.today import TodayQuery
from tracker.rules.visibility import Owners
from tracker.store.core.client import Document
from tracker.store.core.search_text import search_patterns
from tracker.store.leads.condition_filter import condition_filter
from tracker.store.leads.lead_fields import FieldFilter, has_field
from tracker.store.leads.today import today_filter


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQuery:
    """Which leads a list shows. Empty fields do not filter; `owner` may be "none" for leads without an owner."""

    search: str = ""
    stage: str | None = None
    score_min: int | None = None
    score_max: int | None = None
    source: str | None = None
    owner: str | None = None
    tag: str | None = None
    quadrant: str | None = None
    stages: tuple[str, ...] = ()
    """Only leads in one of these stages, unless `stage` names one."""
    profile: tuple[str, ...] = ()
    """Only leads with all of these values (rules.fit.fit_values.profile_key)."""
    company_id: str | None = None
    entries: tuple[str, ...] = ()
    """Only leads with all of these entries (rules.conditions.entries)."""
    seen_after: datetime | None = None
    seen_before: datetime | None = None
    no_next_action: bool = False
    test: LeadTest | None = None
    """Only leads that pass it (rules.conditions)."""
    is_archived: bool = False
    """Only archived leads; otherwise those that are not."""
    today: TodayQuery | None = None
    """Only the leads of this block of Today."""
    field: FieldFilter | None = None
    """Only leads with this custom field."""
    visible_to: Owners | None = None
    """Only leads of these owners (rules.visibility.scope); None: of all owners."""


def owned_by(owners: Owners | None) -> Document:
    """The part of a query that matches leads of these owners; empty for None."""
    return {} if owners is None else {"owner": {"$in": sorted(owners, key=str)}}


def matching(query: LeadQuery) -> Document:
    """The query as MongoDB has it, without the workspace."""
    found: Document = {"keys.archived": query.is_archived}
    clauses: list[Document] = [{"keys.words": {"$regex": pattern}} for pattern in search_patterns(query.search)]
    clauses += [{"keys.values": entry} for entry in query.entries]
    for field in ("stage", "source", "company_id"):
        value = getattr(query, field)
        if value is not None:
            found[field] = value
    if query.owner is not None:
        found["owner"] = None if query.owner == "none" else query.owner
    if query.tag is not None:
        found["tags"] = query.tag
    if query.field is not None:
        found["fields"] = has_field(query.field)
    if query.no_next_action:
        found["next_action"] = None
    found = _rated(query) | found
    _between(found, "derived.score", query.score_min, query.score_max)
    _between(found, "derived.last_seen_at", query.seen_after, query.seen_before)
    clauses += _narrowed(query)
    if clauses:
        found["$and"] = clauses
    return found


def _narrowed(query: LeadQuery) -> list[Document]:
    """The conditions of a list, of a block of Today and of the viewer."""
    given = (
        condition_filter(query.test) if query.test is not None else {},
        owned_by(query.visible_to),
        today_filter(query.today) if query.today is not None else {},
    )
    return [clause for clause in given if clause]


def _rated(query: LeadQuery) -> Document:
    """The conditions on quadrant, stages and values that count for fit."""
    given: Document = {
        "derived.quadrant": query.quadrant,
        "stage": {"$in": list(query.stages)} if query.stages else None,
        "derived.profile": {"$all": list(query.profile)} if query.profile else None,
    }
    return {path: condition for path, condition in given.items() if condition is not None}


def _between(found: Document, path: str, least: Any, most: Any) -> None:
    limits = {op: value for op, value in (("$gte", least), ("$lte", most)) if value is not None}
    if limits:
        found[path] = limits
