"""/stages: the stages of the pipeline."""

from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.stages import StageOut, StagesIn
from tracker.web.api.settings_changes import change_settings

operations = Operations()


@operations.add("GET", "/stages", response=List[StageOut])
def list_stages(call: Call) -> List[StageOut]:
    """Lists the stages of the pipeline in order, with their number of leads."""
    return _stages(call, call.workspace)


@operations.add("PUT", "/stages", body=StagesIn, response=List[StageOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_stages(call: Call, body: StagesIn) -> List[StageOut]:
    """Replaces the pipeline."""
    stages = [Stage(stage.name, stage.kind) for stage in body.items]
    return _stages(call, change_settings(call, "stages", stages=stages))


def _stages(call: Call, workspace: Workspace) -> List[StageOut]:
    counts = call.store.leads.counts_by("stage", visible_to=scope(call.viewer))
    return List[StageOut](items=[StageOut(name=s.name, kind=s.kind, leads=counts.get(s.name, 0)) for s in workspace.stages], next=None)
