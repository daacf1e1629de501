"""The steps of a row of Today: log a call, add a note or task, snooze, move, archive, finish; then *What next?*.

Each step is a form at `/today/<lead>/<step>`. With scripts it is shown in a dialog and answered with the next form, or nothing;
without them it is a page of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.changes import edits
from tracker.actions.changes.edits import log_note
from tracker.base.errors import NotFound
from tracker.base.metrics import NEXT_STEPS
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.rules.pipeline.next_steps import STEPS, due_in, next_steps
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.confirmations import UNDO
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.contacts import KINDS, RESULTS, WAYS, form_moment, form_text, log_contact
from tracker.web.console.pages.lead.move_form import given_fields, given_reason, missing_fields
from tracker.web.console.pages.today.view import chosen_who
from tracker.web.console.seen import seen_values
from tracker.web.console.text.dates import due

blueprint = Blueprint("today_steps", __name__)

_SNOOZES = (("1", "Tomorrow"), ("3", "In 3 days"), ("7", "In a week"), ("14", "In 2 weeks"))
_FOLLOW_UP = "Follow up"


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its title, what it does with a lead, and its confirmation.

    `act` returns the step after which *What next?* is asked (empty: not), and the id to undo it with.
    """

    title: str
    act: Callable[[Lead], tuple[str, str | None]]
    said: str


def _note(lead: Lead) -> tuple[str, str | None]:
    made = log_note(deps(), current_user().workspace.id, lead.id, actor=current_user().rep.id, kind="note", text=form_text("text"))
    return "", made


def _task(lead: Lead) -> tuple[str, str | None]:
    return "", _added(lead, form_text("text"), form_moment("due"))


def _snooze(lead: Lead) -> tuple[str, str | None]:
    user, days = current_user(), form_text("days")
    until = form_moment("until")
    if until is None:
        ahead = int(days) if days in dict(_SNOOZES) else 1
        until = due_in(ahead, user.workspace.working_hours.days, zone_of(user.rep.timezone), deps().now())
    if task := _named_task(lead):
        return "", edits.edit_task(deps(), user.workspace.id, task, actor=user.rep.id, due=until)
    text = lead.next_action.text if lead.next_action else _FOLLOW_UP
    return "", _edited(lead, next_action=NextAction(text, until))


def _move(lead: Lead) -> tuple[str, str | None]:
    stage = current_user().workspace.stage_named(form_text("stage"))
    reason = given_reason(stage.kind if stage else "")
    made = _edited(lead, stage=stage.id if stage else form_text("stage"), lost_reason=reason, **given_fields())
    return "move" if made else "", made


def _archive(lead: Lead) -> tuple[str, str | None]:
    made = edits.archive(deps(), current_user().workspace.id, lead.id, actor=current_user().rep.id, is_archived=True)
    return "", made.change


def _done(lead: Lead) -> tuple[str, str | None]:
    if task := _named_task(lead):
        return "task", edits.edit_task(deps(), current_user().workspace.id, task, actor=current_user().rep.id, done=True)
    return "task", _edited(lead, next_action=None) if lead.next_action else None


def _next(lead: Lead) -> tuple[str, str | None]:
    """Sets what was chosen after a step. Whatever was planned stays where nothing is chosen."""
    choice = "" if request.form.get("skip") else form_text("choice")
    offered = {step.name: step for step in _offered(lead, form_text("after"))}
    made = None
    if choice == "own":
        made = _added(lead, form_text("text"), form_moment("due"))
    elif choice in offered and offered[choice].text:
        made = _added(lead, offered[choice].text, offered[choice].due)
    NEXT_STEPS.labels(choice if choice in ("own", "none") else "proposed" if choice in offered else "skipped").inc()
    return "", made


def _added(lead: Lead, text: str, due_at: datetime | None) -> str | None:
    user = current_user()
    return edits.add_task(deps(), user.workspace.id, lead=lead.id, actor=user.rep.id, text=text, due=due_at, rep=user.rep.id)


def _edited(lead: Lead, **values: Any) -> str | None:
    user = current_user()
    return edits.edit_lead(deps(), user.workspace.id, lead.id, actor=user.rep.id, seen=seen_values(), **values).change


_STEPS = {
    "call": Step("Log call", log_contact, "Logged."),
    "note": Step("Add note", _note, "Note added."),
    "task": Step("Add task", _task, "Task added."),
    "snooze": Step("Snooze", _snooze, "Snoozed."),
    "move": Step("Move", _move, "Moved."),
    "archive": Step("Archive", _archive, "Archived."),
    "done": Step("Done", _done, "Done."),
    "next": Step("What next?", _next, "Next action saved."),
}


@blueprint.get("/today/<lead>/<step>")
def form(lead: str, step: str) -> str:
    """The form of a step. After a sent email, `next` asks with `?after=email`."""
    found, _ = visible_lead(lead), _step(step)
    return _rendered(found, step, after=request.args.get("after", ""))


@blueprint.post("/today/<lead>/<step>")
def act(lead: str, step: str) -> Response:
    """Does the step, then asks *What next?* where that is due."""
    found, what = visible_lead(lead), _step(step)
    after, change = what.act(found)
    if wants_json():
        text = _rendered(workspace_store().leads.get(lead), "next", after=after) if after else ""
        return Response(text, 200 if text else 204, {"X-Change": change, "X-Said": what.said} if change else {})
    flash(what.said, f"{UNDO}{change}" if change else "ok")
    if after:
        who, then = chosen_who(form_text("who")), form_text("then")
        return redirect(url_for("today_steps.form", lead=lead, step="next", after=after, who=who or None, then=then or None), 303)
    return redirect(_home(found), 303)


def _home(lead: Lead) -> str:
    """The page that the step was begun from: the lead's, or Today."""
    if request.values.get("then") == "lead":
        return url_for("lead.page", lead=lead.id)
    return url_for("today.page", who=chosen_who(request.values.get("who", "")) or None)


def _step(name: str) -> Step:
    found = _STEPS.get(name)
    if found is None:
        raise NotFound("no such step")
    return found


def _rendered(lead: Lead, step: str, *, after: str) -> str:
    user, now = current_user(), deps().now()
    zone = zone_of(user.rep.timezone)
    context: dict[str, Any] = {
        "lead": lead,
        "step": step,
        "title": _STEPS[step].title,
        "who": chosen_who(request.values.get("who", "")),
        "task": request.values.get("task", ""),
        "then": "lead" if request.values.get("then") == "lead" else "",
        "home": _home(lead),
        "kinds": KINDS,
        "kind": request.args.get("kind", "call"),
        "ways": WAYS,
        "results": RESULTS,
        "missing": missing_fields(user.workspace, lead.fields) if step == "move" else [],
        "snoozes": [
            (days, label, f"{until:%a} {until.day} {until:%b}")
            for days, label in _SNOOZES
            for until in [due_in(int(days), user.workspace.working_hours.days, zone, now)]
        ],
        "stages": user.workspace.stages,
        "after": after if after in STEPS else "task",
        "offered": [(found, due(found.due, zone, now) if found.due else "") for found in _offered(lead, after)] if step == "next" else [],
        "tomorrow": f"{(now.astimezone(zone) + timedelta(days=1)):%Y-%m-%d}T09:00",
        "now_local": f"{now.astimezone(zone):%Y-%m-%dT%H:%M}",
        "is_due": _is_due(lead),
    }
    return render_template("today/form.html" if wants_json() else "today/step.html", section="today", **context)


def _offered(lead: Lead, after: str) -> Sequence[Any]:
    user = current_user()
    return next_steps(after if after in STEPS else "task", lead.stage, user.workspace, zone_of(user.rep.timezone), deps().now())


def _is_due(lead: Lead) -> bool:
    """Whether the next action is due today or overdue: a contact then probably completes it."""
    zone, action = zone_of(current_user().rep.timezone), lead.next_action
    return bool(action and action.due and action.due.astimezone(zone).date() <= deps().now().astimezone(zone).date())


def _named_task(lead: Lead) -> str | None:
    """The id of the task that the form names, if it is one of this lead's."""
    found = workspace_store().tasks.find(form_text("task")) if form_text("task") else None
    return found.id if found and workspace_store().leads.is_one(found.lead, lead.id) else None
