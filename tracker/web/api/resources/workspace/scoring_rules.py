"""/rules: the points of the scoring rules."""

from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.score import Side
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.rules import FIT_RULES, RULES, SILENCE
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.scoring_rules import RuleOut, RulesIn
from tracker.web.api.settings_changes import change_settings

operations = Operations()


@operations.add("GET", "/rules", response=List[RuleOut])
def list_rules(call: Call) -> List[RuleOut]:
    """Lists the scoring rules with their points in this workspace and by default."""
    return _rules(call.workspace)


@operations.add("PUT", "/rules", body=RulesIn, response=List[RuleOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_rules(call: Call, body: RulesIn) -> List[RuleOut]:
    """Replaces the points that differ from the defaults; all leads are scored again."""
    known = {rule.name for rule in _rules(call.workspace).items}
    for rule in body.items:
        if rule.name not in known:
            raise Invalid("items.name", f"“{rule.name}” is not a scoring rule")
    return _rules(change_settings(call, "scoring rules", rules={rule.name: rule.points for rule in body.items}))


def _rules(workspace: Workspace) -> List[RuleOut]:
    own = workspace.rules
    engagement = [(r.name, r.points, Side.ENGAGEMENT, r.why) for r in (*RULES, SILENCE)]
    fit = [(r.name, r.points, Side.FIT, r.why) for r in FIT_RULES]
    items = [RuleOut(name=n, points=own.get(n, p), default=p, side=side.value, why=why) for n, p, side, why in [*engagement, *fit]]
    return List[RuleOut](items=items, next=None)
