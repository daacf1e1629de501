"""Recording changes of leads' sources. Called by the changes of one lead and of many."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.source_change import SourceChange


def record_source_changes(
    deps: Deps, workspace: str, changes: Iterable[tuple[Lead, Mapping[str, Any]]], *, actor: str, at: datetime
) -> None:
    """Records those of the changes that give a lead another source or detail: the lead before, and its new values by field."""
    rows = [
        SourceChange(
            id=new_id(),
            workspace=workspace,
            lead=lead.id,
            at=at,
            actor=actor,
            old_source=lead.source,
            old_detail=lead.source_detail,
            source=values.get("source", lead.source),
            detail=values.get("source_detail", lead.source_detail),
        )
        for lead, values in changes
    ]
    changed = [row for row in rows if (row.source, row.detail) != (row.old_source, row.old_detail)]
    if changed:
        deps.store.of(workspace).source_history.add_many(changed)
