"""Changes of workspace settings with their audit log entries. Used by the resources of sources, stages and scoring rules."""

from typing import Any

from tracker.actions.ops import audit
from tracker.actions.workspace.workspaces import change_workspace
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.operations import Call


def change_settings(call: Call, subject: str, **values: Any) -> Workspace:
    """Changes settings of the workspace and writes an audit log entry about `subject`."""
    changed = change_workspace(call.deps, call.workspace.id, **values)
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, subject)
    return changed
