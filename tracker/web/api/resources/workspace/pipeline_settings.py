"""/sources, /stages and /rules: what the workspace decided about its pipeline and scores."""

from typing import Any

from tracker.actions.ops import audit
from tracker.actions.workspace.workspaces import change_workspace
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.score import Side
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.table import FIT_RULES, RULES, SILENCE
from tracker.rules.visibility import scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.pipeline_settings import RuleOut, RulesIn, SourceOut, SourcesIn, StageOut, StagesIn

operations = Operations()
_AUDIT = (AuditAction.SETTINGS_CHANGED,)


@operations.add("GET", "/sources", answer=List[SourceOut])
def list_sources(call: Call) -> List[SourceOut]:
    """Where leads come from, and how many do; also sources that leads have and the list does not."""
    return _sources(call, call.workspace)


@operations.add("PUT", "/sources", body=SourcesIn, answer=List[SourceOut], admin=True, audit=_AUDIT)
def set_sources(call: Call, body: SourcesIn) -> List[SourceOut]:
    """Replaces the list of sources; leads keep what they have."""
    return _sources(call, _changed(call, "sources", sources=body.items))


@operations.add("GET", "/stages", answer=List[StageOut])
def list_stages(call: Call) -> List[StageOut]:
    """The pipeline, in order, and how many leads stand where."""
    return _stages(call, call.workspace)


@operations.add("PUT", "/stages", body=StagesIn, answer=List[StageOut], admin=True, audit=_AUDIT)
def set_stages(call: Call, body: StagesIn) -> List[StageOut]:
    """Replaces the pipeline."""
    stages = [Stage(stage.name, stage.kind) for stage in body.items]
    return _stages(call, _changed(call, "stages", stages=stages))


@operations.add("GET", "/rules", answer=List[RuleOut])
def list_rules(call: Call) -> List[RuleOut]:
    """The scoring rules with their points here and by default."""
    return _rules(call.workspace)


@operations.add("PUT", "/rules", body=RulesIn, answer=List[RuleOut], admin=True, audit=_AUDIT)
def set_rules(call: Call, body: RulesIn) -> List[RuleOut]:
    """Replaces the points that differ from the defaults; every lead is scored anew at the next recount."""
    known = {rule.name for rule in _rules(call.workspace).items}
    for rule in body.items:
        if rule.name not in known:
            raise Invalid("items.name", f"“{rule.name}” is no scoring rule")
    return _rules(_changed(call, "scoring rules", rules={rule.name: rule.points for rule in body.items}))


def _changed(call: Call, subject: str, **values: Any) -> Workspace:
    changed = change_workspace(call.deps, call.workspace.id, **values)
    audit.record_settings(call.deps, call.by, call.workspace, changed, subject)
    return changed


def _sources(call: Call, workspace: Workspace) -> List[SourceOut]:
    counts = call.here.leads.counts_by("source", visible_to=scope(call.viewer))
    names = list(dict.fromkeys([*workspace.sources, *sorted(name for name in counts if name)]))
    return List[SourceOut](items=[SourceOut(name=name, leads=counts.get(name, 0)) for name in names], next=None)


def _stages(call: Call, workspace: Workspace) -> List[StageOut]:
    counts = call.here.leads.counts_by("stage", visible_to=scope(call.viewer))
    return List[StageOut](items=[StageOut(name=s.name, kind=s.kind, leads=counts.get(s.name, 0)) for s in workspace.stages], next=None)


def _rules(workspace: Workspace) -> List[RuleOut]:
    own = workspace.rules
    engagement = [(r.name, r.points, Side.ENGAGEMENT, r.why) for r in (*RULES, SILENCE)]
    fit = [(r.name, r.points, Side.FIT, r.why) for r in FIT_RULES]
    items = [RuleOut(name=n, points=own.get(n, p), default=p, side=side.value, why=why) for n, p, side, why in [*engagement, *fit]]
    return List[RuleOut](items=items, next=None)
