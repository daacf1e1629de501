"""Settings, Score: points, caps and half-lives of the scoring rules, what they would change on today's leads, and the reset. For admins."""

from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from tracker.actions.pipeline.score_preview import ScorePreview, preview_scores
from tracker.actions.pipeline.scores import MOST_LEFT, leads_to_rescore
from tracker.actions.pipeline.scoring_settings import proposed, shipped_numbers
from tracker.actions.workspace import workspaces
from tracker.base.errors import Conflict, Invalid
from tracker.domain.ops.audit import AuditAction, AuditEntry
from tracker.domain.workspace.scoring import ScoringRuleChange
from tracker.domain.workspace.workspace import Policy
from tracker.rules.fit.fit_values import FIT_FIELDS
from tracker.rules.scoring.rules import FIT_RULES, RULES, SILENCE, FitRule, default_points
from tracker.store.ops.audit import AuditQuery
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.settings.pipeline.own_scoring_words import own_in_words
from tracker.web.console.text.audit_text import details_of
from tracker.web.console.text.fit_choices import WantedOptions, wanted_options, wanted_values
from tracker.web.console.text.quadrants import QUADRANTS

blueprint = Blueprint("scoring", __name__, url_prefix="/settings/rules")
SUBJECT = "scoring rules"
"""What the audit log calls them."""
NUMBERS = ("daily", "cap", "half_life_days", "days")
SAVED = "Saved. All leads are scored again."
_ENTRIES, _SHOWN_ENTRIES = 200, 5


@blueprint.get("")
@admin
def page() -> str:
    """The rules, who changed them last, and how many leads still wait to be scored again."""
    return _page()


@blueprint.post("")
@admin
def save() -> str | Response | tuple[str, int]:
    """Saves what differs from the shipped rules, and the fitting values; or shows what it would change."""
    try:
        values = _values(request.form)
        if "preview" in request.form:
            return _page(found=preview_scores(deps(), current_user().viewer, proposed(current_user().workspace, **values)))
        change(**values)
    except (Invalid, Conflict) as error:
        return _page(problem=problem_of(error)), 422
    flash(SAVED)
    return redirect("/settings/rules", 303)


@blueprint.post("/reset")
@admin
def reset() -> Response:
    """Gives all shipped rules their shipped points and numbers; own rules and fitting values stay."""
    change(rules={}, rule_changes={})
    flash("The shipped values apply again. All leads are scored again.")
    return redirect("/settings/rules", 303)


@blueprint.get("/progress")
@admin
def progress() -> dict[str, int]:
    """How many leads still wait to be scored again."""
    return {"left": leads_to_rescore(deps(), current_user().workspace.id)}


def change(**values: Any) -> None:
    """Stores the rules, with an entry in the audit log. Raises Invalid, Conflict."""
    note_settings(workspaces.change_workspace(deps(), current_user().workspace.id, **values), SUBJECT)


def preview_content(found: ScorePreview | None) -> dict[str, object]:
    """The template variables of a preview."""
    return {"found": found, "quadrant_names": {key: one.label for key, one in QUADRANTS.items()}}


def problem_of(error: Invalid | Conflict) -> str:
    """What is wrong, as a sentence."""
    if isinstance(error, Conflict):
        return sentence(error)
    name = _NAMES.get(error.field, error.field.replace("points-", "Points of ").replace("_", " ").capitalize())
    return f"{name} {error}."


_NAMES = {
    "daily": "Times a day",
    "cap": "At most",
    "half_life_days": "Half after",
    "days": "The number of days",
    "rules": "Points:",
    "own": "The rules",
    "text": "What it is about",
    "value": "The value",
    "comparison": "The comparison",
    "name": "The name",
    "points": "Points",
}


def _values(form: MultiDict[str, str]) -> dict[str, Any]:
    """The settings that were sent; what the form does not have is as shipped."""
    defaults = default_points()
    points = {name: number_of(f"points-{name}", form.get(f"points-{name}", str(shipped))) for name, shipped in defaults.items()}
    fit = {field: wanted_values(field, form.getlist(f"fit-{field}")) for field in FIT_FIELDS}
    policy: Policy = msgspec.structs.replace(
        current_user().workspace.policy, fit={field: values for field, values in fit.items() if values}
    )
    return {
        "rules": {name: value for name, value in points.items() if value != defaults[name]},
        "rule_changes": {name: _change_of(form, name) for name in defaults},
        "policy": policy,
    }


def _change_of(form: MultiDict[str, str], name: str) -> ScoringRuleChange:
    given = {number: form.get(f"{number}-{name}", "") for number in shipped_numbers(name) or {}}
    return ScoringRuleChange(
        is_off=bool(form.get(f"off-{name}")), **{number: number_of(number, text) for number, text in given.items() if text.strip()}
    )


def number_of(field: str, text: str) -> int:
    """A whole number. Raises Invalid."""
    try:
        return int(text.strip().replace("−", "-"))
    except ValueError:
        raise Invalid(field, "must be a whole number") from None


def _page(found: ScorePreview | None = None, problem: str = "") -> str:
    workspace = current_user().workspace
    left = leads_to_rescore(deps(), workspace.id)
    return render_template(
        "settings/rules.html",
        section="settings",
        tab="rules",
        engagement=[(rule, _numbers(rule.name)) for rule in (*RULES, SILENCE)],
        fit=_fit_rows(),
        own=[(rule, own_in_words(rule)) for rule in workspace.own_rules],
        changes=workspace.rule_changes,
        defaults=default_points(),
        typed=request.form if request.method == "POST" else {},
        problem=problem,
        left=left,
        is_more=left >= MOST_LEFT,
        entries=_entries(),
        **preview_content(found),
    )


def _numbers(name: str) -> dict[str, tuple[int, int]]:
    """The numbers of a shipped rule besides its points, each with the shipped one."""
    known = current_user().workspace.rule_changes.get(name, ScoringRuleChange())
    return {number: (getattr(known, number) or shipped, shipped) for number, shipped in (shipped_numbers(name) or {}).items()}


def _entries() -> list[tuple[AuditEntry, list[tuple[str, str]]]]:
    """Who changed the rules last."""
    latest = workspace_store().audit.latest(AuditQuery(actions=(AuditAction.SETTINGS_CHANGED,)), limit=_ENTRIES)
    found = [entry for entry in latest if entry.subject == SUBJECT][:_SHOWN_ENTRIES]
    return [(entry, details_of(entry)) for entry in found]


def _fit_rows() -> list[tuple[FitRule, WantedOptions]]:
    """The rules for fit, each with the values to choose from."""
    sent = request.method == "POST"
    wanted = current_user().workspace.policy.fit
    chosen = {field: tuple(request.form.getlist(f"fit-{field}")) if sent else tuple(wanted.get(field, ())) for field in FIT_FIELDS}
    return [(rule, wanted_options(rule.field, chosen[rule.field])) for rule in FIT_RULES]
