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

from tracker.actions.leads import archive, leads
from tracker.actions.pipeline import notes, tasks
from tracker.base.errors import Invalid, NotFound
from tracker.base.metrics import NEXT_STEPS
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.note import DIRECTIONS
from tracker.rules.pipeline.next_steps import STEPS, due_in, next_steps
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.timeline import DEFAULT_NOTES
from tracker.web.console.pages.today.view import chosen_who
from tracker.web.console.text.dates import due, parse_due

blueprint = Blueprint("today_steps", __name__)

RESULTS = (("reached", "Reached"), ("no_answer", "No answer"), ("left_message", "Left a message"), ("call_back", "Call back on"))
_CALLS = {"no_answer": "No answer.", "left_message": "Left a message.", "call_back": "Asked to be called back."}
"""What is stored where a rep writes no text."""
_SNOOZES = (("1", "Tomorrow"), ("3", "In 3 days"), ("7", "In a week"), ("14", "In 2 weeks"))
_FOLLOW_UP = "Follow up"


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its title, what it does with a lead (returning the step for *What next?*, or nothing), and its confirmation."""

    title: str
    act: Callable[[Lead], str]
    said: str


def _call(lead: Lead) -> str:
    kind, result = _text("kind") or "call", _text("result") or None
    is_call = kind == "call"
    call_back = _moment("call_back") if is_call and result == "call_back" else None
    notes.add_note(
        deps(),
        current_user().workspace.id,
        lead=lead.id,
        kind=kind,
        text=_text("text") or (_CALLS.get(result or "") if is_call else None) or DEFAULT_NOTES.get(kind, ""),
        direction=_text("direction") or DIRECTIONS[0],
        result=result if is_call else None,
        at=_moment("at"),
        rep=current_user().rep.id,
    )
    _finish_due(lead)
    if call_back:
        tasks.set_next_action(deps(), current_user().workspace.id, lead.id, NextAction("Call back", call_back), rep=current_user().rep.id)
        return ""
    return (result or "reached") if is_call else kind


def _note(lead: Lead) -> str:
    notes.add_note(deps(), current_user().workspace.id, lead=lead.id, kind="note", text=_text("text"), rep=current_user().rep.id)
    return ""


def _task(lead: Lead) -> str:
    tasks.add_task(deps(), current_user().workspace.id, lead=lead.id, text=_text("text"), due=_moment("due"), rep=current_user().rep.id)
    return ""


def _snooze(lead: Lead) -> str:
    user, days = current_user(), _text("days")
    until = _moment("until")
    if until is None:
        ahead = int(days) if days in dict(_SNOOZES) else 1
        until = due_in(ahead, user.workspace.working_hours.days, zone_of(user.rep.timezone), deps().now())
    if task := _named_task(lead):
        tasks.change_task(deps(), user.workspace.id, task, due=until)
        return ""
    text = lead.next_action.text if lead.next_action else _FOLLOW_UP
    tasks.set_next_action(deps(), user.workspace.id, lead.id, NextAction(text, until), rep=user.rep.id)
    return ""


def _move(lead: Lead) -> str:
    moved = leads.change_lead(
        deps(), current_user().workspace.id, lead.id, actor=current_user().rep.id, stage=_text("stage"), lost_reason=_text("reason") or None
    )
    return "move" if moved.stage != lead.stage else ""


def _archive(lead: Lead) -> str:
    archive.archive_lead(deps(), current_user().workspace.id, lead.id)
    return ""


def _done(lead: Lead) -> str:
    if task := _named_task(lead):
        tasks.finish_task(deps(), current_user().workspace.id, task)
    elif lead.next_action:
        tasks.set_next_action(deps(), current_user().workspace.id, lead.id, None)
    return "task"


def _next(lead: Lead) -> str:
    """Sets what was chosen after a step. Whatever was planned stays where nothing is chosen."""
    user, choice = current_user(), "" if request.form.get("skip") else _text("choice")
    offered = {step.name: step for step in _offered(lead, _text("after"))}
    if choice == "own":
        tasks.add_task(deps(), user.workspace.id, lead=lead.id, text=_text("text"), due=_moment("due"), rep=user.rep.id)
    elif choice in offered and offered[choice].text:
        step = offered[choice]
        tasks.add_task(deps(), user.workspace.id, lead=lead.id, text=step.text, due=step.due, rep=user.rep.id)
    NEXT_STEPS.labels(choice if choice in ("own", "none") else "proposed" if choice in offered else "skipped").inc()
    return ""


_STEPS = {
    "call": Step("Log call", _call, "Logged."),
    "note": Step("Add note", _note, "Note added."),
    "task": Step("Add task", _task, "Task added."),
    "snooze": Step("Snooze", _snooze, "Snoozed."),
    "move": Step("Move", _move, "Moved."),
    "archive": Step("Archive", _archive, "Archived."),
    "done": Step("Done", _done, "Done."),
    "next": Step("What next?", _next, "Saved."),
}


@blueprint.get("/today/<lead>/<step>")
def form(lead: str, step: str) -> str:
    """The form of a step. After a sent email, `next` asks with `?after=email`."""
    found, _ = visible_lead(lead), _step(step)
    return _rendered(found, step, after=request.args.get("after", ""))


@blueprint.post("/today/<lead>/<step>")
def act(lead: str, step: str) -> Response | tuple[str, int] | str:
    """Does the step, then asks *What next?* where that is due."""
    found, what = visible_lead(lead), _step(step)
    after = what.act(found)
    who = chosen_who(_text("who"))
    if not wants_json():
        flash(what.said, "ok")
        if after:
            return redirect(url_for("today_steps.form", lead=lead, step="next", after=after, who=who or None), 303)
        return redirect(url_for("today.page", who=who or None), 303)
    return _rendered(workspace_store().leads.get(lead), "next", after=after) if after else ("", 204)


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
        "results": RESULTS,
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


def _finish_due(lead: Lead) -> None:
    if request.form.get("done") and lead.next_action:
        tasks.set_next_action(deps(), current_user().workspace.id, lead.id, None)


def _named_task(lead: Lead) -> str | None:
    """The id of the task that the form names, if it is one of this lead's."""
    found = workspace_store().tasks.find(_text("task")) if _text("task") else None
    return found.id if found and found.lead == lead.id else None


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _moment(name: str) -> datetime | None:
    try:
        return parse_due(_text(name), zone_of(current_user().rep.timezone))
    except ValueError:
        raise Invalid(name, "must be a date") from None
