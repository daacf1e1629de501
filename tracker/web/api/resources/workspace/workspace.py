"""/workspace: name, time zone, currency and working hours."""

import msgspec

from tracker.actions.ops import audit
from tracker.actions.workspace.workspaces import change_workspace
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.workspace.workspace import WorkspaceChange, WorkspaceOut, working_hours_of, workspace_out

operations = Operations()


@operations.add("GET", "/workspace", response=WorkspaceOut)
def get_workspace(call: Call) -> WorkspaceOut:
    """Returns the workspace of the caller."""
    return workspace_out(call.workspace)


@operations.add("PATCH", "/workspace", body=WorkspaceChange, response=WorkspaceOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def patch_workspace(call: Call, body: WorkspaceChange) -> WorkspaceOut:
    """Changes name, time zone, currency, working hours, whether reports name reps, and when the weekly email is sent."""
    given = body.given()
    for name in sorted(given.keys() - {"version", "weekly_mail_hour"}):
        if given[name] is None:
            raise Invalid(name, "cannot be emptied")
    if body.working_hours is not None:
        given["working_hours"] = working_hours_of(body.working_hours)
    policy = {name: given.pop(name) for name in ("rep_figures", "weekly_mail_hour") if name in given}
    if policy:
        given.setdefault("version", call.workspace.version)  # the policy is replaced as a whole
        given["policy"] = msgspec.structs.replace(call.workspace.policy, **policy)
    changed = change_workspace(call.deps, call.workspace.id, **given)
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, "workspace")
    return workspace_out(changed)
