"""Targets: `/targets` shows how far each is reached in the present period; admins add and delete them."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.reports import targets
from tracker.actions.reports.targets import MEASURES, PERIODS, TARGETED, TargetProgress
from tracker.base.errors import Conflict, Invalid
from tracker.base.money import money, parsed_money
from tracker.domain.ops.audit import AuditAction
from tracker.domain.reports.target import Target
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.records import Group
from tracker.web.console.audit_log import note
from tracker.web.console.auth import admin, current_user, deps
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.reports.saved import report_link

blueprint = Blueprint("targets", __name__, url_prefix="/targets")

_DIGITS = 15
_OF_NOW = {"month": "this month", "quarter": "this quarter", "year": "this year"}


@dataclass(frozen=True, slots=True)
class ShownTarget:
    """A target in words."""

    id: str
    title: str
    team: str
    link: str
    figure: str
    value: str
    percent: int
    """Of the target, rounded down; 100 only when it is reached."""


@blueprint.get("")
def index() -> str:
    """The targets of which the rep sees the whole figure."""
    return _rendered()


@blueprint.post("")
@admin
def add() -> Response | tuple[str, int]:
    """Adds a target."""
    form = request.form
    measure = form.get("measure", "")
    try:
        made = targets.add_target(
            deps(),
            current_user().workspace.id,
            report=form.get("report", ""),
            measure=measure,
            period=form.get("period", ""),
            value=_value(measure, form.get("value", "").strip()),
            team=form.get("team") or None,
        )
    except (Invalid, Conflict) as error:
        return _rendered(sentence_of(error)), 422
    note(AuditAction.SETTINGS_CHANGED, "target", **_details(made))
    return redirect("/targets", 303)


@blueprint.post("/<target>/remove")
@admin
def remove(target: str) -> Response:
    """Deletes a target. Raises NotFound."""
    note(AuditAction.DELETED, "target", **_details(targets.remove_target(deps(), current_user().workspace.id, target)))
    return redirect("/targets", 303)


def _value(measure: str, text: str) -> int:
    """The target as typed. Raises Invalid."""
    if measure == "amount":
        return parsed_money("value", text, current_user().workspace.currency)
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Invalid("value", "must be a whole number")
    return int(text)


def _details(target: Target) -> dict[str, str]:
    return {"report": target.report, "period": target.period, "value": str(target.value)}


def _rendered(error: str = "") -> str:
    teams = current_user().workspace.teams
    return render_template(
        "reports/targets.html",
        section="reports",
        tab="targets",
        targets=[_shown(one) for one in targets.targets_of(deps(), current_user().viewer)],
        reports=[(name, METRICS[name].title) for name in TARGETED],
        measures=[(one, {"count": "Number", "amount": "Amount"}[one]) for one in MEASURES],
        periods=[(one, _OF_NOW[one].removeprefix("this ").capitalize()) for one in PERIODS],
        teams=[("", "Everyone"), *((team.id, team.name) for team in teams)],
        error=error,
        given=request.form,
    )


def _shown(progress: TargetProgress) -> ShownTarget:
    target, workspace = progress.target, current_user().workspace
    team = next((one.name for one in workspace.teams if one.id == target.team), "Former team") if target.team else "Everyone"
    filters = {Group.TEAM.value: target.team} if target.team else {}
    return ShownTarget(
        id=target.id,
        title=f"{METRICS[target.report].title}, {_OF_NOW[target.period]}",
        team=team,
        link=report_link(target.report, target.period, "", filters),
        figure=_text(target, progress.figure),
        value=_text(target, target.value),
        percent=max(100 * progress.figure // target.value, 0),
    )


def _text(target: Target, number: int) -> str:
    return money(number, current_user().workspace.currency) if target.measure == "amount" else f"{number:,}"
