"""What the table of leads and its bar for several leads need besides the leads."""

from typing import Any

from tracker.web.console.auth import current_user, workspace_store
from tracker.web.console.pages.lead.access import assignable
from tracker.web.console.pages.leads.columns import COLUMNS, columns_of


def sheet_context() -> dict[str, Any]:
    """For templates/leads/rows.html and bulk.html."""
    user = current_user()
    reps = sorted(assignable(), key=lambda rep: (rep.id != user.rep.id, rep.name.casefold()))
    return {
        "all_columns": COLUMNS,
        "columns": columns_of(user.rep.lead_columns),
        "assignable": [("", "No owner"), *((rep.id, f"{rep.name} (you)" if rep.id == user.rep.id else rep.name) for rep in reps)],
        "stages": user.workspace.stages,
        "known_sources": [source.name for source in workspace_store().sources.all()],
    }
