"""Settings, Alerts, Rules: the rep's rules, those of the company, and the priorities of the shipped ones; each with its preview and usefulness."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from tracker.actions.alerting.rules import custom_rules
from tracker.actions.alerting.rules.preview import ALWAYS, Preview, preview
from tracker.actions.alerting.rules.rule_forms import choosable_forms
from tracker.actions.alerting.rules.rule_words import rule_in_words
from tracker.actions.alerting.rules.usefulness import RuleUse, usefulness
from tracker.actions.leads.lists import visible_lists
from tracker.base.errors import Conflict, Forbidden, Invalid
from tracker.domain.activity.form import Form
from tracker.domain.alerting.custom_rule import CustomRule, RuleContent, RuleOccasion, RulePriority, RuleTrigger
from tracker.domain.ops.audit import AuditAction
from tracker.rules.alerting.custom.book import CHANGEABLE, SHIPPED
from tracker.rules.conditions.condition import ConditionGroup, parsed, plain
from tracker.rules.conditions.describe import flat_terms, is_any_of
from tracker.rules.forms.texts import label_of
from tracker.rules.visibility import may_change_alert_rule
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.leads.condition_panel import condition_choices
from tracker.web.console.pages.leads.condition_rows import ConditionRow, condition_of, row_of, rows_of
from tracker.web.console.pages.settings.alerting.rule_text import OCCASIONS, PRIORITIES, SHIPPED_WORDS, TRIGGERS

blueprint = Blueprint("alert_rules", __name__, url_prefix="/settings/alert-rules")
_FRAME = {"section": "settings", "tab": "alerts", "page": "alert-rules"}
_NEW = "new"
_PERIODS = (("7", "the last 7 days"), ("31", "the last 31 days"))


@blueprint.get("")
def page() -> str:
    """The rules in the order in which they apply, with how useful they were."""
    user = current_user()
    found = custom_rules.visible_rules(deps(), user.viewer)
    use = usefulness(deps(), user.workspace.id, rep=None if user.is_admin else user.rep.id)
    rules = sorted((rule for rule in found if not rule.base), key=lambda rule: (rule.rep is None, rule.created_at, rule.id))
    changed = {(rule.base, rule.rep): rule.content.priority.value for rule in found if rule.base}
    is_for_all = user.is_admin and request.args.get("for") == "all"
    return render_template(
        "settings/alert_rules.html",
        **_FRAME,
        rules=[(rule, rule_in_words(deps(), user.viewer, rule.content), use.get(rule.id, RuleUse()), _may_change(rule)) for rule in rules],
        shipped=[
            (
                one.value,
                *SHIPPED_WORDS[one],
                changed.get((one.value, None if is_for_all else user.rep.id), ""),
                _inherited(one.value, changed, is_for_all=is_for_all),
                use.get(one.value, RuleUse()),
            )
            for one in CHANGEABLE
        ],
        is_for_all=is_for_all,
        priorities=PRIORITIES,
        priority_names=dict(PRIORITIES),
    )


@blueprint.post("/shipped")
def save_shipped() -> Response:
    """Saves the priorities of the shipped rules."""
    user, is_for_all = current_user(), request.form.get("for") == "all"
    if is_for_all and not user.is_admin:
        raise Forbidden("Only admins change rules for all leads.")
    rep = None if is_for_all else user.rep.id
    known = {
        rule.base: rule.content.priority.value for rule in custom_rules.visible_rules(deps(), user.viewer) if rule.base and rule.rep == rep
    }
    for rule in CHANGEABLE:
        given = request.form.get(f"p-{rule.value}", known.get(rule.value, ""))
        if given != known.get(rule.value, "") and given in ("", *RulePriority):
            custom_rules.set_priority(deps(), user.viewer, rep, rule.value, RulePriority(given) if given else None)
            note(AuditAction.SETTINGS_CHANGED, "alert rules", **{rule.value: given or "as shipped"})
    flash("Saved. It counts from now on.")
    return redirect(f"/settings/alert-rules{'?for=all' if is_for_all else ''}#shipped", 303)


@blueprint.get("/<rule>")
def edit(rule: str) -> str:
    """The form of one rule, or of a new one."""
    found = _rule(rule)
    condition = parsed(found.content.condition) if found.content.condition else ConditionGroup(())
    terms = flat_terms(condition)
    rows = tuple(map(row_of, terms or ()))
    return _form(rule, found.name, found.rep, found.content, rows, is_any=is_any_of(condition), is_nested=terms is None)


@blueprint.post("/<rule>")
def save(rule: str) -> str | Response | tuple[str, int]:
    """Previews or saves one rule."""
    key, form, known = rule, request.form, _rule(rule)
    rows, is_any, is_nested = rows_of(form), form.get("match") == "any", bool(form.get("nested"))
    rep = known.rep if key != _NEW else None if form.get("for") == "all" else current_user().rep.id
    condition = condition_of(rows, is_any=is_any)
    content = _content(form, known.content.condition if is_nested else plain(condition) if condition else {})
    name = form.get("name", "").strip()
    more: dict[str, Any] = {"is_any": is_any, "is_nested": is_nested}
    if form.get("add") or "drop" in form or any(row.problem for row in rows):
        return _form(key, name, rep, content, rows, **more)
    try:
        if "preview" in form:
            tried = custom_rules.drafted(
                deps(), current_user().viewer, rep, name or "Preview", content, since=ALWAYS, rule=known if key != _NEW else None
            )
            days = 31 if form.get("days") == "31" else 7
            return _form(key, name, rep, content, rows, found=preview(deps(), current_user().viewer, tried, days=days), **more)
        _save(key, name, rep, content)
    except (Invalid, Conflict) as error:
        return _form(key, name, rep, content, rows, problem=_problem(error), **more), 422
    flash("Saved. The rule counts from now on.")
    return redirect("/settings/alert-rules", 303)


@blueprint.post("/<rule>/remove")
def remove(rule: str) -> Response:
    """Removes a rule; its alerts stay."""
    gone = custom_rules.remove_rule(deps(), current_user().viewer, rule)
    note(AuditAction.SETTINGS_CHANGED, "alert rules", removed=gone.name)
    flash("Removed. Its alerts stay.")
    return redirect("/settings/alert-rules", 303)


def _save(key: str, name: str, rep: str | None, content: RuleContent) -> None:
    viewer = current_user().viewer
    if key == _NEW:
        custom_rules.add_rule(deps(), viewer, rep, name, content)
        note(AuditAction.SETTINGS_CHANGED, "alert rules", added=name)
    else:
        custom_rules.change_rule(deps(), viewer, key, name=name, content=content)
        note(AuditAction.SETTINGS_CHANGED, "alert rules", changed=name)


def _rule(key: str) -> CustomRule:
    """The rule, or an empty one. Raises NotFound, Forbidden."""
    if key != _NEW:
        return custom_rules.own_rule(deps(), current_user().viewer, key)
    content = RuleContent(priority=RulePriority.LOUD, trigger=RuleTrigger.PAGE)
    if request.args.get("for") == "all" and not current_user().is_admin:
        raise Forbidden("Only admins add rules for all leads.")
    rep = None if request.args.get("for") == "all" else current_user().rep.id
    return custom_rules.empty_rule(current_user().workspace.id, rep, content, deps().now())


def _content(form: MultiDict[str, str], condition: dict[str, Any]) -> RuleContent:
    trigger = RuleTrigger(form["trigger"]) if form.get("trigger") in tuple(RuleTrigger) else RuleTrigger.PAGE
    occasion, priority = form.get("occasion", ""), form.get("priority", "")
    return RuleContent(
        priority=RulePriority(priority) if priority in tuple(RulePriority) else RulePriority.LOUD,
        trigger=trigger,
        text=form.get("form", "") if trigger is RuleTrigger.FORM else form.get("text", ""),
        number=_number(form.get("number", "")),
        occasion=RuleOccasion(occasion) if occasion in tuple(RuleOccasion) else RuleOccasion.EVERY,
        quiet_days=_number(form.get("quiet_days", "")),
        condition=condition,
        lead_list=form.get("lead_list") or None,
    )


def _number(text: str) -> int:
    """A number of the form; 0 where it is none, which the check of the rule refuses where a number is needed."""
    plain_text = text.strip()
    return int(plain_text) if plain_text.isascii() and plain_text.isdigit() and len(plain_text) < 6 else 0  # noqa: PLR2004 - digits


def _form(key: str, name: str, rep: str | None, content: RuleContent, rows: tuple[ConditionRow, ...], **more: Any) -> str:
    found: Preview | None = more.pop("found", None)
    forms = [(one.id, label_of(one)) for one in _forms(content)]
    return render_template(
        "settings/alert_rule.html",
        **_FRAME,
        key=key,
        name=name,
        rep=rep,
        content=content,
        found=found,
        triggers=TRIGGERS,
        occasions=OCCASIONS,
        priorities=PRIORITIES,
        priority_names=dict(PRIORITIES),
        forms=[("", "Any form"), *forms],
        lists=[("", "Any"), *((one.id, one.name) for one in visible_lists(deps(), current_user().viewer))],
        periods=_PERIODS,
        **{"is_any": False, "is_nested": False, "problem": ""} | more,
        **condition_choices(rows),
    )


def _forms(content: RuleContent) -> list[Form]:
    """Those that the rep may choose, and the one that the rule names already."""
    found = choosable_forms(deps(), current_user().viewer)
    named = workspace_store().forms.by_ids([content.text]) if content.trigger is RuleTrigger.FORM and content.text else {}
    return [*found, *(one for key, one in named.items() if key not in {form.id for form in found})]


def _may_change(rule: CustomRule) -> bool:
    return may_change_alert_rule(current_user().viewer, rule.rep)


def _inherited(rule: str, changed: dict[tuple[str, str | None], str], *, is_for_all: bool) -> str:
    """What applies where nothing is chosen."""
    shipped = next(SHIPPED[one].value for one in CHANGEABLE if one.value == rule)
    return shipped if is_for_all else changed.get((rule, None), shipped)


def _problem(error: Invalid | Conflict) -> str:
    names = {"text": "The page or label", "number": "The number", "quiet_days": "The number of quiet days", "lead_list": "The list"}
    return f"{names.get(error.field, error.field.capitalize())} {error}." if isinstance(error, Invalid) else sentence(error)
