"""/rules: the points of the scoring rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.score import Side
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules.scoring.fit_values import matched
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
    values: dict[str, Any] = {"rules": {rule.name: rule.points for rule in body.items}}
    if fits := {rule.name: rule.fits for rule in body.items if rule.fits is not None}:
        values["policy"] = _policy(call.workspace, fits)
    return _rules(change_settings(call, "scoring rules", **values))


def _policy(workspace: Workspace, fits: Mapping[str, Sequence[str]]) -> Policy:
    """The policy with these fitting values, by rule. Raises Invalid for a rule that is not about fit."""
    wanted = dict(workspace.policy.fit)
    fields = {rule.name: rule.field for rule in FIT_RULES}
    for name, values in fits.items():
        if name not in fields:
            raise Invalid("items.fits", f"“{name}” is not a fit rule")
        wanted[fields[name]] = tuple(dict.fromkeys(matched(fields[name], value) for value in values if value.strip()))
    changed: Policy = msgspec.structs.replace(workspace.policy, fit={field: values for field, values in wanted.items() if values})
    return changed


def _rules(workspace: Workspace) -> List[RuleOut]:
    own = workspace.rules
    wanted = workspace.policy.fit
    engagement = [(r.name, r.points, Side.ENGAGEMENT, r.why, None) for r in (*RULES, SILENCE)]
    fit = [(r.name, r.points, Side.FIT, r.why, list(wanted.get(r.field, ()))) for r in FIT_RULES]
    items = [
        RuleOut(name=name, points=own.get(name, points), default=points, side=side.value, why=why, fits=fits)
        for name, points, side, why, fits in [*engagement, *fit]
    ]
    return List[RuleOut](items=items, next=None)
