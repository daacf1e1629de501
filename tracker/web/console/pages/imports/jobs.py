"""The page of an import: progress, result, cancelling, undo, and the rejected rows."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from tracker.actions.imports import import_jobs
from tracker.actions.imports.csv_import import report_of
from tracker.actions.leads.duplicates import pairs_of_import
from tracker.base.errors import NotFound
from tracker.domain.leads.lead_import import AT_WORK, ENDED, LeadImport
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_see_import
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.text.duplicate_text import same_words

blueprint = Blueprint("lead_imports", __name__)

_LISTED = 10
_MOST_PAIRS = 50


def _visible(job: str) -> LeadImport:
    """Raises NotFound, also for a colleague's."""
    found = workspace_store().imports.get(job)
    if not may_see_import(current_user().viewer, found.rep):
        raise NotFound("no such import")
    return found


@blueprint.get("/leads/imports/<job>")
def progress(job: str) -> str:
    """How far the import is, and what it did."""
    one = _visible(job)
    is_at_work = one.state in AT_WORK
    report = None if is_at_work else report_of(deps(), one)
    leads = workspace_store().leads.by_ids(list(report.kept)[:_LISTED]) if report else {}
    return render_template(
        "leads/import_job.html",
        section="leads",
        one=one,
        is_at_work=is_at_work,
        can_undo=one.state in ENDED and one.counts.added + one.counts.updated > 0,
        report=report,
        **same_of(one),
        kept=[(lead, report.kept[lead.id]) for lead in leads.values()] if report else [],
    )


def same_of(one: LeadImport) -> dict[str, Any]:
    """The pairs of an import that may be the same person, for `leads/pairs.html`."""
    pairs = pairs_of_import(deps(), current_user().viewer, one.id, most=_MOST_PAIRS) if one.counts.may_be_same else []
    more = max(0, one.counts.may_be_same - _MOST_PAIRS)
    return {"pairs": pairs, "more": more, "lead_import": one.id, "same_words": same_words}


@blueprint.get("/leads/imports/<job>/errors.csv")
def rejected_rows(job: str) -> Response:
    """The rejected rows with their problems, as CSV without formulas."""
    report = report_of(deps(), _visible(job))
    note(AuditAction.EXPORTED, "rows that were not imported")
    return Response(
        report.error_csv,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="leadlight-not-imported.csv"'},
    )


@blueprint.post("/leads/imports/<job>/cancel")
def cancel(job: str) -> BaseResponse:
    """Stops the import after its present batch."""
    import_jobs.cancel(deps(), current_user().workspace.id, _visible(job).id)
    note(AuditAction.IMPORTED, "leads", how="cancelled")
    return redirect(f"/leads/imports/{job}", 303)


@blueprint.post("/leads/imports/<job>/undo")
def undo(job: str) -> BaseResponse:
    """Removes what the import added or filled in and no one changed since."""
    one = _visible(job)
    import_jobs.undo(deps(), current_user().workspace.id, one.id)
    note(AuditAction.DELETED, "imported leads", id=one.id)
    return redirect(f"/leads/imports/{job}", 303)
