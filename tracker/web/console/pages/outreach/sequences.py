"""Mail, Sequences: the list, one with the leads in it, and the editor, which works row by row without script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.actions.outreach import sequences as actions
from tracker.actions.outreach.enrolments import counts_for
from tracker.actions.outreach.words import step_in_words, wait_in_words
from tracker.base.errors import Conflict, Forbidden, Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.ops.audit import AuditAction
from tracker.domain.outreach.sequence import Enrolment, Sequence, SequenceStep, StepKind, StepState, StepTest, StepUnit
from tracker.rules.visibility import may_change_outreach, may_enrol, may_see
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import sentence
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.text.mail.sequence_text import STATES

blueprint = Blueprint("sequences", __name__, url_prefix="/mail/sequences")
NEW = "new"
UNITS = [(StepUnit.DAYS.value, "working days"), (StepUnit.HOURS.value, "working hours")]
TESTS = [
    (StepTest.ALWAYS.value, "In any case"),
    (StepTest.NOT_OPENED.value, "If the last email was not opened"),
    (StepTest.CLICKED.value, "As soon as a link is clicked"),
    (StepTest.VIEWED.value, "As soon as a page is viewed"),
]
_FRAME = {"section": "mail", "tab": "sequences"}
_LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class ShownEnrolment:
    """A lead in a sequence, with what it had last and what comes next."""

    enrolment: Enrolment
    lead: Lead
    had: str
    may_change: bool


@blueprint.get("")
def index() -> str:
    """All sequences, with the number of leads in each state, of those that the rep sees."""
    counts = counts_for(deps(), current_user().viewer)
    found = [(one, counts.get(one.id, {})) for one in workspace_store().sequences.all()]
    return render_template("outreach/sequences.html", **_FRAME, sequences=found, states=STATES)


@blueprint.get("/<sequence>")
def one(sequence: str) -> str:
    """Its steps in words, and the leads that were added to it, the latest first."""
    found, store = workspace_store().sequences.get(sequence), workspace_store()
    page = store.enrolments.page(found.id, cursor=request.args.get("cursor"), limit=50)
    leads = store.leads.by_ids(each.lead for each in page.items)
    viewer = current_user().viewer
    shown = [_shown(found, each, lead) for each in page.items if (lead := leads.get(each.lead)) is not None and may_see(viewer, lead)]
    return render_template(
        "outreach/sequence.html",
        **_FRAME,
        sequence=found,
        steps=_steps_in_words(found),
        stop_stages=[current_user().workspace.stage_name(stage) for stage in found.stop_stages],
        enrolments=shown,
        counts=counts_for(deps(), viewer).get(found.id, {}),
        states=STATES,
        next=page.next,
        is_first="cursor" not in request.args,
        may_edit=may_change_outreach(viewer, found.rep),
    )


def _shown(sequence: Sequence, found: Enrolment, lead: Lead) -> ShownEnrolment:
    runs = [(found.steps[step.id], number) for number, step in enumerate(sequence.steps, 1) if step.id in found.steps]
    had = ""
    if runs:
        run, number = max(runs, key=lambda pair: pair[0].at)
        words = {StepState.SKIPPED: "left out", StepState.BEGUN: "being carried out"}.get(run.state, "done")
        had = f"Step {number} of {len(sequence.steps)} {words}" + (f": {run.reason[:1].lower()}{run.reason[1:]}" if run.reason else "")
    return ShownEnrolment(found, lead, had, may_enrol(current_user().viewer, lead))


def _steps_in_words(found: Sequence) -> list[tuple[str, str]]:
    templates = _templates(archived_too=True)
    return [(wait_in_words(step, is_first=not index), step_in_words(step, templates)) for index, step in enumerate(found.steps)]


def _templates(*, archived_too: bool = False) -> dict[str, str]:
    return {brief.id: brief.name for brief in workspace_store().templates.briefs() if archived_too or not brief.is_archived}


@blueprint.get("/<sequence>/edit")
def edit(sequence: str) -> str:
    """The editor."""
    if sequence == NEW:
        first = SequenceStep(id="", kind=StepKind.EMAIL)
        return _form(NEW, "", [first], (), 0)
    found = _changeable(sequence)
    return _form(found.id, found.name, list(found.steps), found.stop_stages, found.version)


@blueprint.post("/<sequence>/edit")
def save(sequence: str) -> Response | tuple[str, int] | str:
    """Saves it, or adds or removes a row of the form."""
    form, steps = request.form, _given()
    if sequence != NEW:
        _changeable(sequence)
    name, stops, version = form.get("name", ""), form.getlist("stop"), _number(form.get("version", "0"))
    if "add" in form:
        return _form(sequence, name, [*steps, SequenceStep(id="", kind=_kind(form.get("new", "")), after=2)], stops, version)
    if "drop" in form:
        dropped = _number(form["drop"])
        return _form(sequence, name, [step for index, step in enumerate(steps) if index != dropped], stops, version)
    user = current_user()
    try:
        if sequence == NEW:
            made = actions.add_sequence(deps(), user.workspace, name=name, steps=steps, stop_stages=stops, rep=user.rep.id)
        else:
            made = actions.change_sequence(deps(), user.viewer, sequence, version=version, name=name, steps=steps, stop_stages=stops)
    except (Invalid, Conflict) as error:
        problem = sentence_of(error) if isinstance(error, Invalid) else sentence(error)
        return _form(sequence, name, steps, stops, version, problem), 422
    note(AuditAction.SEQUENCE_CHANGED, made.name, **({"added": "yes"} if sequence == NEW else {}))
    flash("Sequence saved.")
    return redirect(f"/mail/sequences/{made.id}", 303)


@blueprint.post("/<sequence>/switch")
def switch(sequence: str) -> Response:
    """Switches it off, so that all leads wait, or on."""
    is_on = request.form.get("switch") == "on"
    changed = actions.change_sequence(deps(), current_user().viewer, _changeable(sequence).id, is_on=is_on)
    note(AuditAction.SEQUENCE_CHANGED, changed.name, on="yes" if is_on else "no")
    flash(f"{changed.name}: {'on' if is_on else 'off'}")
    return redirect(f"/mail/sequences/{changed.id}", 303)


@blueprint.post("/<sequence>/remove")
def remove(sequence: str) -> Response:
    """Deletes it; no lead in it gets another step."""
    removed = actions.remove_sequence(deps(), current_user().viewer, _changeable(sequence).id)
    note(AuditAction.DELETED, f"sequence “{removed.name}”")
    flash(f"{removed.name} deleted.")
    return redirect("/mail/sequences", 303)


def _changeable(sequence: str) -> Sequence:
    """The sequence. Raises NotFound, Forbidden."""
    try:
        return actions.changeable_sequence(deps(), current_user().viewer, sequence)
    except Forbidden as error:
        raise Forbidden(sentence(error)) from None


def _kind(text: str) -> StepKind:
    return StepKind.TASK if text == StepKind.TASK.value else StepKind.EMAIL


def _given() -> list[SequenceStep]:
    """The steps of the form. What is not among the choices counts as the first one."""
    form = request.form
    names = ("id", "kind", "template", "text", "after", "unit", "test", "page", "answer")
    columns: Mapping[str, list[str]] = {name: form.getlist(f"s-{name}") for name in names}
    rows = [
        {name: values[index] if index < len(values) else "" for name, values in columns.items()} for index in range(len(columns["kind"]))
    ]
    return [_step(row) for row in rows[: actions.MOST_STEPS + 1]]


def _step(row: Mapping[str, str]) -> SequenceStep:
    values: dict[str, Any] = {name: row[name].strip() for name in ("id", "template", "text", "page")}
    return SequenceStep(
        **values,
        kind=_kind(row["kind"]),
        after=_number(row["after"]),
        unit=StepUnit.HOURS if row["unit"] == StepUnit.HOURS.value else StepUnit.DAYS,
        test=StepTest(row["test"]) if row["test"] in dict(TESTS) else StepTest.ALWAYS,
        is_answer=row["answer"] == "yes",
    )


def _number(text: str) -> int:
    """The number; -1, which is out of range, for any other text."""
    text = text.strip() or "0"
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _LONGEST_NUMBER else -1


def _form(key: str, name: str, steps: list[SequenceStep], stops: Any, version: int, problem: str = "") -> str:
    known = current_user().workspace.stages
    return render_template(
        "outreach/sequence_form.html",
        **_FRAME,
        key=key,
        name=name,
        steps=[msgspec.to_builtins(step) for step in steps],
        stops=set(stops),
        stages=[stage for stage in known if stage.kind == "open"],
        templates=list(_templates().items()),
        units=UNITS,
        tests=TESTS,
        version=max(version, 0),
        problem=problem,
        may_add=len(steps) < actions.MOST_STEPS,
    )
