"""/saved-reports: reports with their period, group and filters, by name."""

from typing import Any

from tracker.actions.reports import saved_reports as actions
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.reports.saved import SavedReportIn, SavedReportOut, saved_out

operations = Operations()


@operations.add("GET", "/saved-reports", response=List[SavedReportOut])
def list_saved_reports(call: Call) -> List[SavedReportOut]:
    """Lists the caller's saved reports and shared ones by name. Their figures are those of GET /reports/{name}."""
    found = actions.visible_reports(call.deps, call.viewer)
    return List[SavedReportOut].model_construct(items=[saved_out(one) for one in found], next=None)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    """One that is private or gone by now is not repeated."""
    actions.visible_report(call.deps, call.viewer, stored["id"])


@operations.add("POST", "/saved-reports", body=SavedReportIn, response=SavedReportOut, status=201, authorize_replay=_authorize_replay)
def add_saved_report(call: Call, body: SavedReportIn) -> SavedReportOut:
    """Saves a report under a name."""
    given = body.given()
    shared = given.pop("shared", False)
    return saved_out(actions.add_report(call.deps, call.viewer, is_shared=shared, **given))


@operations.add("DELETE", "/saved-reports/{saved_report}", status=204, audit=(AuditAction.DELETED,))
def remove_saved_report(call: Call, saved_report: str) -> None:
    """Deletes a saved report; a shared one by its owner and admins."""
    removed = actions.remove_report(call.deps, call.viewer, saved_report)
    call.record(AuditAction.DELETED, f"report “{removed.name}”")
