"""Settings, Score, Add rule: the form of one of the workspace's own scoring rules, with what it would change. For admins."""

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from tracker.actions.pipeline.score_preview import ScorePreview, preview_scores
from tracker.actions.pipeline.scoring_settings import check_targets, proposed
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.domain.activity.form import FormKind
from tracker.domain.workspace.scoring import OwnScoringRule, ScoreTrigger
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.describe import comparison_words
from tracker.rules.conditions.fields import CUSTOM, ConditionKind, field_named
from tracker.rules.forms.texts import label_of
from tracker.rules.scoring.own_fields import COMPARISONS, FIELDS
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.pages.settings.pipeline.own_scoring_words import TRIGGERS
from tracker.web.console.pages.settings.pipeline.scoring import SAVED, change, number_of, preview_content, problem_of

blueprint = Blueprint("own_scoring", __name__, url_prefix="/settings/rules/own")
_NEW = "new"
_T = ScoreTrigger
_EMPTY = OwnScoringRule(name="", trigger=_T.PAGE, points=5)
_TEXTS = {_T.PAGE: "page", _T.CLICK: "link", _T.FORM: "form", _T.TOUCH: "touch", _T.FIELD: "field"}
"""The input of the form that has the text of the rule."""


@blueprint.get("/<own>")
@admin
def edit(own: str) -> str:
    """The form of one rule, or of a new one."""
    return _form(own, _rule(own))


@blueprint.post("/<own>")
@admin
def save(own: str) -> str | Response | tuple[str, int]:
    """Previews, saves or removes one rule."""
    form, known, workspace = request.form, _rule(own), current_user().workspace
    others = tuple(rule for rule in workspace.own_rules if rule.id != own)
    if "remove" in form and own != _NEW:
        change(own_rules=others)
        flash("Removed. All leads are scored again.")
        return redirect("/settings/rules#own", 303)
    given = known
    try:
        given = _given(form)
        proposal = proposed(workspace, own_rules=(*others, given))
        check_targets(deps(), workspace, proposal.own_rules)
        if "preview" in form:
            return _form(own, given, found=preview_scores(deps(), current_user().viewer, proposal))
        change(own_rules=_in_place(workspace, own, given))
    except (Invalid, Conflict) as error:
        return _form(own, given, problem=problem_of(error)), 422
    flash(SAVED)
    return redirect("/settings/rules#own", 303)


def _in_place(workspace: Workspace, key: str, given: OwnScoringRule) -> tuple[OwnScoringRule, ...]:
    if key == _NEW:
        return (*workspace.own_rules, given)
    return tuple(given if rule.id == key else rule for rule in workspace.own_rules)


def _rule(key: str) -> OwnScoringRule:
    """The rule, or an empty one. Raises NotFound."""
    if key == _NEW:
        return _EMPTY
    found = next((rule for rule in current_user().workspace.own_rules if rule.id == key), None)
    if found is None:
        raise NotFound("no such rule")
    return found


def _given(form: MultiDict[str, str]) -> OwnScoringRule:
    """The rule as it was sent. Raises Invalid for what is no number."""
    trigger = ScoreTrigger(form["trigger"]) if form.get("trigger") in tuple(_T) else _T.PAGE
    numbers = {name: number_of(name, form[name]) for name in ("daily", "cap", "half_life_days") if form.get(name, "").strip()}
    return OwnScoringRule(
        name=form.get("name", ""),
        trigger=trigger,
        text=form.get(_TEXTS.get(trigger, ""), "").strip(),
        comparison=form.get("comparison", ""),
        value=form.get("value", "").strip(),
        days=number_of("days", form.get("days", "")) if trigger is _T.INACTIVE else 0,
        points=number_of("points", form.get("points", "")),
        is_on=not form.get("off"),
        **numbers,
    )


def _form(key: str, rule: OwnScoringRule, found: ScorePreview | None = None, problem: str = "") -> str:
    workspace = current_user().workspace
    return render_template(
        "settings/own_rule.html",
        section="settings",
        tab="rules",
        key=key,
        rule=rule,
        typed=request.form if request.method == "POST" else {},
        problem=problem,
        triggers=TRIGGERS,
        forms=[("", "Any form"), *((one.id, label_of(one)) for one in workspace_store().forms.all() if one.kind is not FormKind.OFF)],
        touches=[("", "Any touch"), *((one.name, one.name) for one in workspace.touch_types)],
        fields=_fields(workspace),
        comparisons=[(one.value, comparison_words(one, ConditionKind.TEXT).replace("{}", "").strip()) for one in COMPARISONS],
        **preview_content(found),
    )


def _fields(workspace: Workspace) -> list[tuple[str, str]]:
    names = (*FIELDS, *(CUSTOM + field.name for field in workspace.custom_fields))
    return [(name, field.label) for name in names if (field := field_named(name)) is not None]
