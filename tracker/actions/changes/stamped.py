"""Edits of companies and saved lists from forms: a field that someone else changed since is not overwritten unnoticed."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tracker.actions.changes.merging import BUSY, TRIES, merged
from tracker.actions.changes.words import by_whom, quoted, sentence
from tracker.actions.deps import Deps
from tracker.actions.leads.companies import change_company
from tracker.actions.leads.lists import change_list, in_words, visible_list
from tracker.base.errors import Conflict, Taken
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead_list import LeadList
from tracker.rules.conditions.condition import parsed, plain
from tracker.rules.visibility import Viewer


def edit_company(
    deps: Deps, workspace: str, company: str, *, actor: str | None, seen: Mapping[str, str], version: int | None = None, **values: Any
) -> Company:
    """Changes a company as `change_company` does. `seen`: what the person saw, by field (`seen_text`).

    A field that someone else changed since is kept where the person left it as it was. Raises Stale where both changed it.
    """
    for _ in range(TRIES):
        old = deps.store.of(workspace).companies.get(company)
        kept = merged(old, values, seen, partial(_told, deps, old))
        try:
            return change_company(deps, workspace, company, by=actor, version=old.version if version is None else version, **kept)
        except Taken:
            raise
        except Conflict:
            if version is not None:
                raise
    raise Conflict(BUSY)


def edit_list(deps: Deps, viewer: Viewer, key: str, *, seen: Mapping[str, str], **values: Any) -> LeadList:
    """Changes a saved list as `change_list` does. `seen` as of `edit_company`."""
    for _ in range(TRIES):
        old = visible_list(deps, viewer, key)
        stored = values | ({"condition": plain(values["condition"])} if "condition" in values else {})
        kept = merged(old, stored, seen, partial(_told_of_list, deps, viewer, old))
        try:
            return change_list(deps, viewer, key, version=old.version, **{name: values[name] for name in kept})
        except Conflict:
            pass
    raise Conflict(BUSY)


def _told(deps: Deps, record: Company | LeadList, field: str) -> str:
    stamp = record.changed.get(field)
    by = by_whom(deps, record.workspace, stamp.by, stamp.at) if stamp else ""
    return sentence(field, quoted(getattr(record, field)), by)


def _told_of_list(deps: Deps, viewer: Viewer, record: LeadList, field: str) -> str:
    if field != "condition":
        return _told(deps, record, field)
    stamp = record.changed.get(field)
    by = by_whom(deps, record.workspace, stamp.by, stamp.at) if stamp else ""
    return sentence(field, quoted(in_words(deps, viewer, parsed(record.condition))), by)
