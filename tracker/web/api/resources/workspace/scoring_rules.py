"""/rules: the scoring rules, shipped and own, their preview on today's leads, and how far leads are scored again."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tracker.actions.pipeline.score_preview import preview_scores
from tracker.actions.pipeline.scores import leads_to_rescore
from tracker.actions.pipeline.scoring_settings import check_targets, proposed
from tracker.base.errors import Invalid
from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.scoring import OwnScoringRule
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules.fit.fit_values import matched
from tracker.rules.scoring.rules import FIT_RULES, default_points
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.scoring_rules import (
    RescoringOut,
    RuleIn,
    RuleOut,
    RulesIn,
    RulesPreviewOut,
    rules_out,
    rules_preview_out,
)
from tracker.web.api.settings_changes import change_settings

operations = Operations()


@operations.add("GET", "/rules", response=List[RuleOut])
def list_rules(call: Call) -> List[RuleOut]:
    """Lists the scoring rules with their points in this workspace and by default."""
    return _rules(call.workspace)


@operations.add("PUT", "/rules", body=RulesIn, response=List[RuleOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_rules(call: Call, body: RulesIn) -> List[RuleOut]:
    """Replaces the points and numbers that differ from the defaults, and the own rules; all leads are scored again."""
    values = _values(call.workspace, body)
    check_targets(call.deps, call.workspace, proposed(call.workspace, **values).own_rules)
    return _rules(change_settings(call, "scoring rules", **values))


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    for one in stored["largest"]:
        visible_lead(call, one["lead"])


@operations.add("POST", "/rules/preview", body=RulesIn, response=RulesPreviewOut, admin=True, authorize_replay=_authorize_replay)
def preview_rules(call: Call, body: RulesIn) -> RulesPreviewOut:
    """Says what these rules would change on today's leads, without saving them."""
    proposal = proposed(call.workspace, **_values(call.workspace, body))
    check_targets(call.deps, call.workspace, proposal.own_rules)
    return rules_preview_out(preview_scores(call.deps, call.viewer, proposal))


@operations.add("GET", "/rules/progress", response=RescoringOut, admin=True)
def get_rules_progress(call: Call) -> RescoringOut:
    """Returns how many leads still wait to be scored again."""
    return RescoringOut(left=leads_to_rescore(call.deps, call.workspace.id))


def _values(workspace: Workspace, body: RulesIn) -> dict[str, Any]:
    """The settings of the workspace that the body means. Raises Invalid."""
    own = workspace.own_rules if body.own is None else tuple(one.rule() for one in body.own)
    known, mine = default_points(), {rule.id: rule for rule in own}
    for rule in body.items:
        if rule.name not in known and rule.name not in mine:
            raise Invalid("items.name", f"“{rule.name}” is not a scoring rule")
    shipped = [rule for rule in body.items if rule.name in known]
    changed = mine | {rule.name: _own(mine[rule.name], rule) for rule in body.items if rule.name in mine}
    values: dict[str, Any] = {
        "rules": {rule.name: rule.points for rule in shipped},
        "rule_changes": {rule.name: rule.change() for rule in shipped},
        "own_rules": tuple(changed.values()),
    }
    if fits := {rule.name: rule.fits for rule in body.items if rule.fits is not None}:
        values["policy"] = _policy(workspace, fits)
    return values


def _own(rule: OwnScoringRule, given: RuleIn) -> OwnScoringRule:
    """An own rule that is named among the shipped ones: its points and numbers."""
    numbers = {name: value for name in ("daily", "cap", "half_life_days", "days") if (value := getattr(given, name)) is not None}
    changed: OwnScoringRule = msgspec.structs.replace(rule, points=given.points, is_on=given.on, **numbers)
    return changed


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
    return List[RuleOut].model_construct(items=rules_out(workspace), next=None)
