"""/alert-rules: rules of the workspace and of each rep, their preview, and the priorities of shipped rules."""

from tracker.actions.alerting.rules import custom_rules
from tracker.actions.alerting.rules.preview import ALWAYS, preview
from tracker.actions.alerting.rules.rule_words import rule_in_words
from tracker.actions.alerting.rules.usefulness import RuleUse, usefulness
from tracker.base.errors import Invalid
from tracker.domain.alerting.custom_rule import CustomRule, RulePriority
from tracker.domain.ops.audit import AuditAction
from tracker.rules.alerting.custom.book import CHANGEABLE, SHIPPED
from tracker.rules.visibility import is_admin
from tracker.web.api.access import check_is_admin
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.alerting.custom_rules import (
    AlertRuleChange,
    AlertRuleIn,
    AlertRuleOut,
    AlertRulePreviewIn,
    AlertRulePreviewOut,
    ShippedRuleIn,
    ShippedRuleOut,
    alert_rule_out,
    merged,
    preview_out,
    use_out,
)
from tracker.web.api.schemas.base import List

operations = Operations()
_CHANGED = (AuditAction.SETTINGS_CHANGED,)
_SUBJECT = "alert rules"


@operations.add("GET", "/alert-rules", response=List[AlertRuleOut])
def list_alert_rules(call: Call) -> List[AlertRuleOut]:
    """Lists the rules of the workspace and the caller's own, in the order in which they apply."""
    found = [rule for rule in custom_rules.visible_rules(call.deps, call.viewer) if not rule.base]
    use = _use(call)
    ordered = sorted(found, key=lambda rule: (rule.rep is None, rule.created_at, rule.id))
    return List[AlertRuleOut].model_construct(items=[_out(call, rule, use) for rule in ordered], next=None)


def _authorize_scope(call: Call, body: AlertRuleIn | ShippedRuleIn) -> None:
    if not _is_own(call, body):
        check_is_admin(call)


@operations.add("POST", "/alert-rules", body=AlertRuleIn, response=AlertRuleOut, status=201, authorize=_authorize_scope, audit=_CHANGED)
def add_alert_rule(call: Call, body: AlertRuleIn) -> AlertRuleOut:
    """Adds a rule, which counts for what happens from now on."""
    rule = custom_rules.add_rule(call.deps, call.viewer, _rep(call, body), body.name, body.value())
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, added=rule.name)
    return _out(call, rule, {})


@operations.add(
    "POST",
    "/alert-rules/preview",
    body=AlertRulePreviewIn,
    response=AlertRulePreviewOut,
    authorize=_authorize_scope,
)
def preview_alert_rule(call: Call, body: AlertRulePreviewIn) -> AlertRulePreviewOut:
    """Says what a rule would have alerted about in the last days, without saving it."""
    known = custom_rules.own_rule(call.deps, call.viewer, body.rule) if body.rule else None
    rep = known.rep if known else _rep(call, body)
    rule = custom_rules.drafted(call.deps, call.viewer, rep, body.name, body.value(), since=ALWAYS, rule=known)
    return preview_out(preview(call.deps, call.viewer, rule, days=body.days))


@operations.add("GET", "/alert-rules/shipped", response=List[ShippedRuleOut])
def list_shipped_alert_rules(call: Call) -> List[ShippedRuleOut]:
    """Lists the shipped rules whose priority can be changed, in the order in which they apply."""
    return List[ShippedRuleOut].model_construct(items=_shipped(call), next=None)


@operations.add("PUT", "/alert-rules/shipped", body=ShippedRuleIn, response=ShippedRuleOut, authorize=_authorize_scope, audit=_CHANGED)
def set_shipped_alert_rule(call: Call, body: ShippedRuleIn) -> ShippedRuleOut:
    """Gives a shipped rule another priority, which counts from now on."""
    priority = RulePriority(body.priority) if body.priority else None
    custom_rules.set_priority(call.deps, call.viewer, _rep(call, body), body.rule, priority)
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, **{body.rule: body.priority or "as shipped"})
    return next(one for one in _shipped(call) if one.rule == body.rule)


@operations.add("GET", "/alert-rules/{alert_rule}", response=AlertRuleOut)
def get_alert_rule(call: Call, alert_rule: str) -> AlertRuleOut:
    """Returns one rule."""
    return _out(call, custom_rules.visible_rule(call.deps, call.viewer, alert_rule), _use(call))


@operations.add("PATCH", "/alert-rules/{alert_rule}", body=AlertRuleChange, response=AlertRuleOut, audit=_CHANGED)
def change_alert_rule(call: Call, alert_rule: str, body: AlertRuleChange) -> AlertRuleOut:
    """Changes a rule for what happens from now on."""
    known, given = custom_rules.own_rule(call.deps, call.viewer, alert_rule), body.given()
    empty = next((name for name, value in given.items() if value is None and name not in ("lead_list", "version")), None)
    if empty:
        raise Invalid(empty, "cannot be emptied")
    content = merged(known, given) if given.keys() - {"name", "version"} else None
    rule = custom_rules.change_rule(call.deps, call.viewer, known.id, version=body.version, name=body.name, content=content)
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, changed=rule.name)
    return _out(call, rule, _use(call))


@operations.add("DELETE", "/alert-rules/{alert_rule}", status=204, audit=_CHANGED)
def remove_alert_rule(call: Call, alert_rule: str) -> None:
    """Removes a rule; its alerts stay."""
    rule = custom_rules.remove_rule(call.deps, call.viewer, alert_rule)
    call.record(AuditAction.SETTINGS_CHANGED, _SUBJECT, removed=rule.name)


def _is_own(call: Call, body: AlertRuleIn | ShippedRuleIn) -> bool:
    return body.own if body.own is not None else call.rep is not None


def _rep(call: Call, body: AlertRuleIn | ShippedRuleIn) -> str | None:
    if _is_own(call, body) and call.rep is None:
        raise Invalid("own", "must be false, because this key belongs to no rep")
    return call.rep_id if _is_own(call, body) else None


def _use(call: Call) -> dict[str, RuleUse]:
    return usefulness(call.deps, call.workspace.id, rep=None if is_admin(call.viewer) else call.rep_id)


def _out(call: Call, rule: CustomRule, use: dict[str, RuleUse]) -> AlertRuleOut:
    return alert_rule_out(rule, rule_in_words(call.deps, call.viewer, rule.content), use.get(rule.id, RuleUse()))


def _shipped(call: Call) -> list[ShippedRuleOut]:
    changed = {
        (rule.base, rule.rep): rule.content.priority.value for rule in custom_rules.visible_rules(call.deps, call.viewer) if rule.base
    }
    use, found = _use(call), []
    for rule in CHANGEABLE:
        own = changed.get((rule.value, call.rep_id)) if call.rep_id else None
        workspace = changed.get((rule.value, None))
        priority = own or workspace or SHIPPED[rule].value
        found.append(
            ShippedRuleOut(rule=rule.value, priority=priority, workspace=workspace, own=own, use=use_out(use.get(rule.value, RuleUse())))
        )
    return found
