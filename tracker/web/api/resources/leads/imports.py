"""/imports: imports of leads as jobs: progress, cancelling, undo."""

from typing import Any

from tracker.actions.imports import import_jobs
from tracker.actions.imports.csv_import import report_of
from tracker.actions.leads.duplicates import pairs_of_import
from tracker.base.errors import NotFound
from tracker.domain.leads.lead_import import LeadImport
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_see_import
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.leads.csv_import import ImportResult, LeadImportOut, import_out, result_out

operations = Operations()
_MOST_PAIRS = 200


def _visible(call: Call, lead_import: str) -> LeadImport:
    """Raises NotFound, also for a colleague's."""
    found = call.store.imports.get(lead_import)
    if not may_see_import(call.viewer, found.rep):
        raise NotFound("no such import")
    return found


def _authorize(call: Call, lead_import: str) -> None:
    _visible(call, lead_import)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    _visible(call, stored["id"])


@operations.add("GET", "/imports", response=List[LeadImportOut])
def list_imports(call: Call) -> List[LeadImportOut]:
    """Lists the last imports that the caller may see, newest first."""
    found = [one for one in call.store.imports.latest() if may_see_import(call.viewer, one.rep)]
    return List[LeadImportOut].model_construct(items=[import_out(one) for one in found], next=None)


@operations.add("GET", "/imports/{lead_import}", response=LeadImportOut)
def get_import(call: Call, lead_import: str) -> LeadImportOut:
    """Returns an import with its progress."""
    return import_out(_visible(call, lead_import))


@operations.add("GET", "/imports/{lead_import}/result", response=ImportResult)
def get_import_result(call: Call, lead_import: str) -> ImportResult:
    """Returns what an import did so far: rejected rows, warnings, and what an undo left."""
    one = _visible(call, lead_import)
    pairs = pairs_of_import(call.deps, call.viewer, one.id, most=_MOST_PAIRS)
    return result_out(report_of(call.deps, one), (pair for pair, _, _ in pairs))


@operations.add(
    "POST",
    "/imports/{lead_import}/cancel",
    response=LeadImportOut,
    authorize=_authorize,
    authorize_replay=_authorize_replay,
    audit=(AuditAction.IMPORTED,),
)
def cancel_import(call: Call, lead_import: str) -> LeadImportOut:
    """Stops an import after its present batch; what was imported stays."""
    one = import_jobs.cancel(call.deps, call.workspace.id, lead_import)
    call.record(AuditAction.IMPORTED, "leads", how="cancelled")
    return import_out(one)


@operations.add(
    "POST",
    "/imports/{lead_import}/undo",
    response=LeadImportOut,
    status=202,
    authorize=_authorize,
    authorize_replay=_authorize_replay,
    audit=(AuditAction.DELETED,),
)
def undo_import(call: Call, lead_import: str) -> LeadImportOut:
    """Removes what an import added or filled in and no one changed since."""
    one = import_jobs.undo(call.deps, call.workspace.id, lead_import)
    call.record(AuditAction.DELETED, "imported leads", id=lead_import)
    return import_out(one)
