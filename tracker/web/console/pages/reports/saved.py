"""Saved reports: saved from the page of a report, listed on the overview, deleted there."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request
from werkzeug.wrappers import Response

from tracker.actions.reports import saved_reports
from tracker.base.errors import Conflict, Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.reports.saved_report import SavedReport
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.named_periods import CHOICES
from tracker.rules.reports.records import Group
from tracker.rules.visibility import may_change_list
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.reports.report_filters import ALL

blueprint = Blueprint("saved_reports", __name__, url_prefix="/saved-reports")


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A saved report on the overview."""

    id: str
    name: str
    link: str
    words: str
    """Which report and period it is."""
    may_delete: bool


@blueprint.post("")
def add() -> Response:
    """Saves the report whose page was shown."""
    form = request.form
    filters = {key: value for key, value in form.items() if key in set(Group) and value != ALL}
    name, period, group = form.get("report", ""), form.get("period", ""), form.get("group", "")
    try:
        saved = saved_reports.add_report(
            deps(),
            current_user().viewer,
            name=form.get("name", ""),
            report=name,
            period=period,
            group=group,
            filters=filters,
            is_shared=form.get("shared") == "yes",
        )
    except (Invalid, Conflict) as error:
        flash(sentence_of(error), "error")
        return redirect(report_link(name, period, group, filters) if name in METRICS else "/reports", 303)
    flash(f"Report “{saved.name}” saved.", "ok")
    return redirect("/reports", 303)


@blueprint.post("/<saved>/remove")
def remove(saved: str) -> Response:
    """Deletes a saved report. Raises NotFound, Forbidden."""
    removed = saved_reports.remove_report(deps(), current_user().viewer, saved)
    note(AuditAction.DELETED, f"report “{removed.name}”")
    flash(f"Report “{removed.name}” deleted.", "ok")
    return redirect("/reports", 303)


def shown_reports() -> list[ShownReport]:
    """Those that the rep sees, by name."""
    viewer = current_user().viewer
    return [_shown(one, may_delete=may_change_list(viewer, one)) for one in saved_reports.visible_reports(deps(), viewer)]


def report_link(name: str, period: str, group: str, filters: dict[str, str]) -> str:
    """The page of a report."""
    asked = {"period": period} | ({"group": group} if group else {}) | filters
    return f"/reports/{name}?{urlencode(asked)}"


def _shown(saved: SavedReport, *, may_delete: bool) -> ShownReport:
    words = [METRICS[saved.report].title, dict(CHOICES)[saved.period], *(["shared"] if saved.is_shared else [])]
    link = report_link(saved.report, saved.period, saved.group, saved.filters)
    return ShownReport(saved.id, saved.name, link, ", ".join(words), may_delete)
