"""The changes of a lead's source in words, for the lead's page."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.web.console.auth import workspace_store

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SourceChangeLine:
    """One change: source and detail before and after, and who changed them."""

    at: datetime
    old: str
    new: str
    by: str


def source_changes_of(lead: Lead) -> list[SourceChangeLine]:
    """The latest changes, newest first."""
    store = workspace_store()
    rows = store.source_history.of_lead(lead.id, limit=_SHOWN)
    reps = store.reps.by_ids({row.actor for row in rows}) if rows else {}
    return [
        SourceChangeLine(
            row.at, _words(row.old_source, row.old_detail), _words(row.source, row.detail), _name(reps.get(row.actor), row.actor)
        )
        for row in rows
    ]


def _words(source: str | None, detail: str | None) -> str:
    return ", ".join(part for part in (source or "No source", detail) if part)


def _name(rep: Rep | None, actor: str) -> str:
    return rep.name if rep else "a program" if actor == "api" else "a former rep"
