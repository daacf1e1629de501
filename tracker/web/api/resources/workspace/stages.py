"""/stages: the stages of the pipeline."""

import msgspec

from tracker.actions.ops import audit
from tracker.actions.pipeline import pipeline
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.stages import StageIn, StageOut, StagesIn

operations = Operations()
_DESCRIPTION = ("meaning", "usual_days", "is_qualified")


@operations.add("GET", "/stages", response=List[StageOut])
def list_stages(call: Call) -> List[StageOut]:
    """Lists the stages of the pipeline in order, with their number of leads."""
    return _stages(call, call.workspace)


@operations.add("PUT", "/stages", body=StagesIn, response=List[StageOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_stages(call: Call, body: StagesIn) -> List[StageOut]:
    """Replaces the pipeline; leads of a removed stage go where `moves_to` says."""
    stages = [_stage(call.workspace, one) for one in body.items]
    changed = pipeline.set_stages(call.deps, call.workspace.id, stages, moves_to=body.moves_to, actor=call.rep_id)
    audit.record_settings(call.deps, call.audit_actor, call.workspace, changed, "stages")
    return _stages(call, changed)


def _stage(workspace: Workspace, given: StageIn) -> Stage:
    """The stage; meaning, usual days and the mark *qualified* of a known stage stay where they are not given."""
    by_name = {stage.name.casefold(): stage for stage in workspace.stages}
    known = workspace.stage(given.id) if given.id else by_name.get(given.name.casefold())
    kept = {name: getattr(known, name) for name in _DESCRIPTION if known and name not in given.model_fields_set}
    return Stage(**{**given.model_dump(), "id": given.id or "", **kept})


def _stages(call: Call, workspace: Workspace) -> List[StageOut]:
    counts = call.store.leads.counts_by("stage", visible_to=scope(call.viewer))
    return List[StageOut](
        items=[StageOut(**msgspec.structs.asdict(stage), leads=counts.get(stage.id, 0)) for stage in workspace.stages], next=None
    )
