"""Changes of several leads from the list, the export of chosen leads, and undo. They work without scripts."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.changes.bulk import BulkEdit, BulkReport, BulkResult, edit_leads
from tracker.actions.changes.undo import change_of, undo
from tracker.actions.imports import csv_files
from tracker.actions.pipeline.stages import API
from tracker.base.errors import Invalid, NotFound
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_see, may_undo
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import form_page
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.access import check_owner
from tracker.web.console.pages.lead.move_form import given_reason
from tracker.web.console.pages.leads.chosen import chosen_leads
from tracker.web.console.pages.leads.columns import COLUMNS
from tracker.web.console.pages.leads.export_rows import export_header, export_row
from tracker.web.console.text.dates import parse_due

blueprint = Blueprint("lead_changes", __name__)

_AT_ONCE = 500


@blueprint.post("/leads/bulk")
def bulk() -> AnyResponse:
    """Changes the chosen leads; `action` says what."""
    action = _ACTIONS.get(request.form.get("action", ""))
    if action is None:
        raise Invalid("action", "must be one of those offered")
    user = current_user()
    report = edit_leads(deps(), user.workspace, chosen_leads(), action(), actor=user.rep.id, may_see=_may_see)
    if report.change:
        counts = {"changed": str(report.count(BulkResult.CHANGED)), "refused": str(report.count(BulkResult.REFUSED))}
        note(AuditAction.LEADS_CHANGED, "leads", **counts)
    return confirmed(_summary(report), report.change, form_page())


@blueprint.post("/leads/export")
def export() -> Response:
    """The chosen leads as CSV without formulas, with columns that an import reads."""
    here, rows, names = workspace_store(), [], {rep.id: rep.email for rep in workspace_store().reps.all()}
    chosen = chosen_leads()
    for start in range(0, len(chosen), _AT_ONCE):
        part = chosen[start : start + _AT_ONCE]
        found = here.leads.by_ids(part)
        rows += [found[lead] for lead in part if lead in found and _may_see(found[lead])]
    header = export_header(rows)
    text = csv_files.write(header, (export_row(lead, header, current_user().workspace, names) for lead in rows))
    note(AuditAction.EXPORTED, "leads", count=str(len(rows)))
    headers = {"Content-Disposition": 'attachment; filename="leadlight-leads.csv"'}
    return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.post("/leads/columns")
def columns() -> AnyResponse:
    """Stores which columns this rep sees."""
    chosen = tuple(name for name in request.form.getlist("column") if name in COLUMNS)
    workspace_store().reps.change(current_user().rep.id, lead_columns=chosen or ("stage",))
    return confirmed("", None, form_page())


@blueprint.post("/changes/<change>/undo")
def undo_change(change: str) -> AnyResponse:
    """Restores what a change set."""
    user = current_user()
    actor = change_of(deps(), user.workspace.id, change).actor
    if not may_undo(user.viewer, None if actor == API else actor):
        raise NotFound("no such change")
    report = undo(deps(), user.workspace.id, change, actor=user.rep.id, may_see=_may_see)
    text = "Undone." if report.restored else "Not undone."
    if report.refused:
        reason = next(iter(report.refused.values()))
        others = len(report.refused) - 1
        text += f" {reason}." if not others else f" {len(report.refused)} leads stay as they are. {reason}."
    return confirmed(text, None, form_page())


def _may_see(lead: Lead) -> bool:
    return may_see(current_user().viewer, lead)


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _edit(**values: Any) -> BulkEdit:
    return BulkEdit(given=frozenset(values) - {"lost_reason"}, **values)


def _stage() -> BulkEdit:
    stage = current_user().workspace.stage_named(_text("stage"))
    return _edit(stage=_text("stage"), lost_reason=given_reason(stage.kind if stage else ""))


def _assign() -> BulkEdit:
    check_owner(_text("owner"))
    return _edit(owner=_text("owner") or None)


def _tags(field: str) -> BulkEdit:
    tags = tuple(tag.strip() for tag in _text("tag").split(",") if tag.strip())
    if not tags:
        raise Invalid("tag", "is empty")
    return _edit(**{field: tags})


def _task() -> BulkEdit:
    try:
        due = parse_due(_text("due"), zone_of(current_user().rep.timezone))
    except ValueError:
        raise Invalid("due", "must be a date") from None
    return _edit(next_action=NextAction(_text("text"), due))


_ACTIONS: dict[str, Callable[[], BulkEdit]] = {
    "owner": _assign,
    "stage": _stage,
    "source": lambda: _edit(source=_text("source") or None),
    "tag": lambda: _tags("add_tags"),
    "untag": lambda: _tags("remove_tags"),
    "task": _task,
    "new_email": lambda: _edit(use_new_email=True),
    "archive": lambda: _edit(archive=True),
    "restore": lambda: _edit(archive=False),
}


def _summary(report: BulkReport) -> str:
    changed, refused = report.count(BulkResult.CHANGED), report.count(BulkResult.REFUSED)
    text = f"{changed:,} {'lead' if changed == 1 else 'leads'} changed."
    if refused:
        reason = next(why for result, why in report.results.values() if result is BulkResult.REFUSED)
        text += f" {refused:,} not changed: {reason}."
    return text
