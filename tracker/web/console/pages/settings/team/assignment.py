"""Settings, Team: the assignment rules, with a test of what they do. For admins."""

from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.assignment.assign import Assigner
from tracker.actions.changes.settings import check_items
from tracker.actions.leads.lists import in_words
from tracker.actions.workspace.assignment_rules import set_rules
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.activity.form import FormKind
from tracker.domain.leads.lead import Lead
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.rules.assignment.choose import is_known_of_new
from tracker.rules.conditions.condition import ConditionGroup, parsed, plain
from tracker.rules.conditions.describe import flat_terms, is_any_of
from tracker.rules.fit.fit_values import choices
from tracker.rules.forms.texts import label_of
from tracker.web.console.audit_log import note_settings
from tracker.web.console.auth import admin, current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.leads.condition_panel import condition_choices
from tracker.web.console.pages.leads.condition_rows import ConditionRow, condition_of, row_of, rows_of
from tracker.web.console.seen import seen_values

blueprint = Blueprint("assignment", __name__, url_prefix="/settings/assignment")
_FRAME = {"section": "settings", "tab": "team", "page": "assignment"}
_NEW = "new"


@blueprint.get("")
@admin
def page() -> str:
    """The rules in order, and who would get a lead with the given values."""
    workspace, reps = current_user().workspace, {rep.id: rep.name for rep in workspace_store().reps.all()}
    forms, tried = _forms(), {name: request.args.get(name, "").strip()[:80] for name in ("country", "source", "company", "form")}
    viewer = current_user().viewer
    return render_template(
        "settings/assignment.html",
        **_FRAME,
        rules=[(rule, in_words(deps(), viewer, parsed(rule.condition)), _target(rule, reps)) for rule in workspace.assignment_rules],
        forms=forms,
        form_names=dict(forms),
        tried=tried,
        answer=_answer(tried, reps) if "try" in request.args else "",
        countries=[("", "Any country"), *((one, one) for one in choices("location"))],
        sources=[("", "Unknown"), *((one.name, one.name) for one in workspace_store().sources.all())],
        away=[rep for rep in workspace_store().reps.active() if rep.out_of_office and rep.out_of_office.last >= deps().now().date()],
    )


@blueprint.post("")
@admin
def order() -> Response:
    """Moves a rule up, or removes one."""
    rules, form = list(_known()), request.form
    word, _, text = form.get("change", "").partition("-")
    at = int(text) if text.isdecimal() and len(text) < 4 and int(text) < len(rules) else -1  # noqa: PLR2004 - digits of an index
    if word == "remove" and at >= 0:
        del rules[at]
    elif word == "up" and at > 0:
        rules[at - 1 : at + 1] = [rules[at], rules[at - 1]]
    return _save(rules)


@blueprint.get("/<number>")
@admin
def edit(number: str) -> str:
    """The form of one rule, or of a new one."""
    rule = _rule(number)
    found = parsed(rule.condition)
    terms = flat_terms(found)
    return _form(number, rule, tuple(map(row_of, terms or ())), is_any=is_any_of(found), is_nested=terms is None)


@blueprint.post("/<number>")
@admin
def save(number: str) -> str | Response | tuple[str, int]:
    """Saves one rule."""
    form, rule = request.form, _rule(number)
    rows, is_any = rows_of(form), form.get("match") == "any"
    kind, _, target = form.get("to", "").partition(":")
    known = kind if kind in tuple(AssignTo) else AssignTo.REP
    condition = rule.condition if form.get("nested") else plain(condition_of(rows, is_any=is_any) or ConditionGroup(()))
    given = AssignmentRule(
        name=form.get("name", ""),
        condition=condition,
        forms=tuple(form.getlist("form")),
        to=AssignTo(known),
        rep=target if known == AssignTo.REP else None,
        team=target if known == AssignTo.TEAM else None,
    )
    is_ready = not form.get("add") and "drop" not in form and not any(row.problem for row in rows)
    if not is_ready:
        return _form(number, given, rows, is_any=is_any)
    rules = list(_known())
    if number == _NEW:
        rules.append(given)
    else:
        rules[int(number)] = given
    try:
        return _save(rules)
    except (Invalid, Conflict) as error:
        return _form(number, given, rows, is_any=is_any, problem=_problem(error)), 422


def _problem(error: Invalid | Conflict) -> str:
    what = error.field.rpartition(".")[2].capitalize() if isinstance(error, Invalid) else ""
    return f"{what} {error}." if what else sentence(error)


def _known() -> tuple[AssignmentRule, ...]:
    return deps().store.workspaces.get(current_user().workspace.id).assignment_rules


def _rule(number: str) -> AssignmentRule:
    rules = _known()
    if number == _NEW:
        return AssignmentRule(name="", condition=plain(ConditionGroup(())), to=AssignTo.REP, rep=current_user().rep.id)
    if not number.isdecimal() or len(number) > 3 or int(number) >= len(rules):  # noqa: PLR2004 - digits of an index
        raise NotFound("no such rule")
    return rules[int(number)]


def _save(rules: list[AssignmentRule]) -> Response:
    known = deps().store.workspaces.get(current_user().workspace.id)
    check_items(deps(), known.id, "assignment-rules", "assignment_rules", seen_values().get("assignment_rules"), known.assignment_rules)
    note_settings(set_rules(deps(), known.id, rules, version=known.version), "assignment-rules")
    flash("Saved. New leads are assigned by these rules.")
    return redirect("/settings/assignment", 303)


def _form(number: str, rule: AssignmentRule, rows: tuple[ConditionRow, ...], **more: Any) -> str:
    return render_template(
        "settings/assignment_rule.html",
        **_FRAME,
        number=number,
        rule=rule,
        target=f"{rule.to.value}:{rule.rep or rule.team or ''}".removesuffix(":"),
        targets=_targets(),
        forms=_forms(),
        **{"is_any": False, "is_nested": False, "problem": ""} | more,
        **condition_choices(rows, is_known_of_new),
    )


def _targets() -> list[tuple[str, str]]:
    reps = [(f"rep:{rep.id}", rep.name) for rep in workspace_store().reps.active()]
    teams = [(f"team:{team.id}", f"{team.name}, in turn") for team in current_user().workspace.teams]
    return [*reps, *teams, ("territory", "The team of the lead’s country, in turn")]


def _target(rule: AssignmentRule, reps: dict[str, str]) -> str:
    if rule.to is AssignTo.REP:
        return reps.get(rule.rep or "", "A former rep")
    name = next((team.name for team in current_user().workspace.teams if team.id == rule.team), "A removed team")
    return f"{name}, in turn" if rule.to is AssignTo.TEAM else "The team of the lead’s country, in turn"


def _forms() -> list[tuple[str, str]]:
    """The forms that make leads."""
    return [(form.id, label_of(form)) for form in workspace_store().forms.all() if form.kind is FormKind.INQUIRY and form.mapping]


def _answer(tried: dict[str, str], reps: dict[str, str]) -> str:
    """Who would get such a lead, by which rule. Takes no turn."""
    now, workspace = deps().now(), current_user().workspace
    lead = Lead(id=new_id(), workspace=workspace.id, email="", name="", created_at=now, updated_at=now)
    values = {name: tried[name] or None for name in ("country", "source", "company")}
    choice = Assigner(deps(), workspace).choice(msgspec.structs.replace(lead, **values), tried["form"] or None)
    if choice is None:
        return "This lead would have no owner: no rule holds, or no one is there."
    names = [reps.get(rep, "A former rep") for rep in choice.reps]
    whom = " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"This lead would go to {whom}{', whose turn it is' if len(names) > 1 else ''}, by the rule “{choice.rule}”."
