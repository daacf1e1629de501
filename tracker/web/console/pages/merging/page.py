"""Two leads side by side, and merging them: `/leads/<lead>/merge?with=<other>`; and taking a merge back."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.merging import merge as actions
from tracker.base.errors import NotFound
from tracker.domain.leads.lead import Lead
from tracker.domain.ops.audit import AuditAction
from tracker.rules.duplicates.merging import CUSTOM, FIELDS, SETS, choices, value_of
from tracker.rules.visibility import may_merge
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.merging.merge_text import label_of, shown_value

blueprint = Blueprint("merging", __name__)


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A field of both leads. `is_choice`: both have a value, and they differ."""

    name: str
    label: str
    kept: str
    other: str
    is_choice: bool


@blueprint.get("/leads/<lead>/merge")
def compare(lead: str) -> str:
    """Both, with the one in the address to be kept."""
    kept, other = _both(lead, request.args.get("with", ""))
    return render_template("leads/merge.html", section="leads", kept=kept, other=other, rows=_rows(kept, other))


@blueprint.post("/leads/<lead>/merge")
def merge(lead: str) -> Response:
    """Merges them, with the values that were chosen."""
    kept, other = _both(lead, request.form.get("with", ""))
    chosen = [name for name in choices(kept, other) if request.form.get(f"value.{name}") == "other"]
    merged = actions.merge(deps(), kept.workspace, kept.id, other.id, chosen=chosen, rep=current_user().rep.id)
    note(AuditAction.LEADS_MERGED, merged.name, lead=other.name, lead_id=merged.id)
    flash(f"{other.name} is merged with {merged.name}. You can take it back on this page.", "ok")
    return redirect(f"/leads/{merged.id}", 303)


@blueprint.post("/leads/<lead>/part")
def part(lead: str) -> Response:
    """Takes back that a lead was merged with this one."""
    kept = visible_lead(lead)
    merged = next((one for one in actions.merged_leads(deps(), kept) if one.id == request.form.get("merged")), None)
    if merged is None:
        raise NotFound("no such merged lead")
    actions.unmerge(deps(), kept.workspace, merged.id)
    note(AuditAction.LEADS_PARTED, kept.name, lead=merged.name, lead_id=kept.id)
    flash(f"{merged.name} is a lead of its own again.", "ok")
    return redirect(f"/leads/{kept.id}", 303)


def _both(lead: str, other: str) -> tuple[Lead, Lead]:
    """Raises NotFound where the rep may not change both, or they are one already."""
    kept, found = visible_lead(lead), visible_lead(other)
    if kept.id == found.id or not may_merge(current_user().viewer, kept, found):
        raise NotFound("no such lead")
    return kept, found


def _rows(kept: Lead, other: Lead) -> list[MergeRow]:
    """The fields of which one of the two has a value, those to be chosen first."""
    custom = [f"{CUSTOM}{name}" for name in sorted(kept.fields.keys() | other.fields.keys())]
    asked, names = set(choices(kept, other)), _names()
    rows = [_row(name, kept, other, names, is_choice=name in asked) for name in (*FIELDS, *SETS, *custom)]
    return sorted((row for row in rows if row.kept or row.other), key=lambda row: not row.is_choice)


def _row(name: str, kept: Lead, other: Lead, names: dict[str, Any], *, is_choice: bool) -> MergeRow:
    one, another = (shown_value(name, value_of(lead, name), names) for lead in (kept, other))
    return MergeRow(name, label_of(name), one, another, is_choice)


def _names() -> dict[str, Any]:
    return {rep.id: rep.name for rep in workspace_store().reps.all()}
