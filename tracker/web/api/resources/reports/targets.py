"""/targets: what teams should reach in the present month, quarter or year."""

from tracker.actions.reports import targets as actions
from tracker.domain.ops.audit import AuditAction
from tracker.domain.reports.target import Target
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.reports.targets import TargetIn, TargetOut, progress_out, target_out

operations = Operations()


@operations.add("GET", "/targets", response=List[TargetOut])
def list_targets(call: Call) -> List[TargetOut]:
    """Lists the targets whose whole figure the caller sees, with what was reached so far."""
    found = actions.targets_of(call.deps, call.viewer)
    return List[TargetOut].model_construct(items=[progress_out(one) for one in found], next=None)


@operations.add("POST", "/targets", body=TargetIn, response=TargetOut, status=201, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def add_target(call: Call, body: TargetIn) -> TargetOut:
    """Adds a target of a team or of the whole workspace."""
    made = actions.add_target(call.deps, call.workspace.id, **body.given())
    call.record(AuditAction.SETTINGS_CHANGED, "target", **_details(made))
    return target_out(made)


@operations.add("DELETE", "/targets/{target}", status=204, admin=True, audit=(AuditAction.DELETED,))
def remove_target(call: Call, target: str) -> None:
    """Deletes a target."""
    call.record(AuditAction.DELETED, "target", **_details(actions.remove_target(call.deps, call.workspace.id, target)))


def _details(target: Target) -> dict[str, str]:
    return {"report": target.report, "period": target.period, "value": str(target.value)}
