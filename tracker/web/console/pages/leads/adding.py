"""Adding one lead by a form, which shows leads that may be the same person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.assignment.assign import Assigner
from tracker.actions.leads import duplicates
from tracker.actions.leads import leads as lead_actions
from tracker.actions.pipeline.required_fields import is_required
from tracker.base.errors import Invalid, Taken
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.rules.duplicates.compare import Person
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import assignable, check_owner, conflict_for, visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.text import dates
from tracker.web.console.text.duplicate_text import same_words
from tracker.web.console.text.field_text import empty_field
from tracker.web.console.text.fit_choices import fit_options

blueprint = Blueprint("lead_adding", __name__)

_BY_RULES = "rules"
_OWN_FIELDS = ("industry", "size", "budget")
_FORM = ("email", "name", "company", "phone", "job_title", "country", "timezone", "source", "source_detail")


@blueprint.get("/leads/new")
def new() -> str:
    """The form for one lead."""
    return _form({"owner": current_user().rep.id} | request.args.to_dict())


@blueprint.post("/leads")
def add() -> str | Response | tuple[str, int]:
    """Adds a lead. A taken email address shows the existing lead."""
    given = {name: request.form.get(name, "").strip() for name in (*_FORM, *_OWN_FIELDS, "owner", "action", "due", "from")}
    workspace, assigner = current_user().workspace, None
    if given["owner"] == _BY_RULES:
        assigner = Assigner(deps(), workspace)
    else:
        check_owner(given["owner"])
    if (same := _same(given)) and "distinct" not in request.form:
        return _form(given, same=same)
    try:
        lead = lead_actions.add_lead(deps(), workspace.id, actor=current_user().rep.id, assigner=assigner, **_values(given))
    except Taken as taken:
        shown, known = conflict_for(taken)
        return _form(given, {"email": sentence_of(shown)}, known), 409
    except Invalid as error:
        return _form(given, _error(error)), 422
    if same:
        duplicates.dismiss(deps(), workspace.id, lead.id, [one.person.id for one in same], current_user().rep.id)
    if given["from"] == "setup":
        flash(f"{lead.name} added. Next: open the personal link.", "ok")
        return redirect(f"{url_for('setup.checklist')}#link", 303)
    flash(f"{lead.name} added. Next: send the first email.", "ok")
    return redirect(url_for("lead.page", lead=lead.id), 303)


def _error(error: Invalid) -> dict[str, str]:
    field = {"next_action.text": "action", "next_action.due": "due"}.get(error.field, error.field)
    return {field: f"It {error}." if str(error)[:1].islower() else str(error)}


def _same(given: Mapping[str, str]) -> list[duplicates.MaybeSame]:
    """Leads that may be the person who is being added; none where the address itself is taken, which is said instead."""
    if workspace_store().leads.by_email(given["email"]):
        return []
    company, phone, country = (given[name] or None for name in ("company", "phone", "country"))
    person = Person(email=given["email"], name=given["name"], company=company, phone=phone, country=country)
    return duplicates.find_same(deps(), current_user().workspace, person, current_user().scope)


@blueprint.post("/leads/not-same")
def not_same() -> Response:
    """Notes that two leads are two persons."""
    lead, other = visible_lead(request.form.get("lead", "")), visible_lead(request.form.get("other", ""))
    duplicates.dismiss(deps(), lead.workspace, lead.id, [other.id], current_user().rep.id)
    flash(f"Noted: {lead.name} and {other.name} are two persons.")
    if request.form.get("back") == "clean-up":
        return redirect("/clean-up#same", 303)
    job = request.form.get("import", "")
    return redirect(f"/leads/imports/{job}#same" if job.isalnum() and job.isascii() else f"/leads/{lead.id}", 303)


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: given[name] for name in _FORM if given[name]} | {
        "email": given["email"],
        "name": given["name"] or given["email"],
    }
    values["owner"] = None if given["owner"] == _BY_RULES else given["owner"] or None
    own = {name: given[name] for name in _OWN_FIELDS if given[name]} | {name: value for name, value in _given_fields().items() if value}
    if own:
        values["fields"] = own
    if given["action"]:
        try:
            due = dates.parse_due(given["due"], zone_of(current_user().rep.timezone))
        except ValueError:
            raise Invalid("due", "must be a date") from None
        values["next_action"] = NextAction(given["action"], due)
    return values


def _given_fields() -> dict[str, str]:
    """The values of custom fields in the form."""
    return dict(zip(request.form.getlist("field"), map(str.strip, request.form.getlist("value")), strict=False))


def _form(
    given: Mapping[str, str], errors: Mapping[str, str] | None = None, known: Lead | None = None, same: Sequence[duplicates.MaybeSame] = ()
) -> str:
    workspace = current_user().workspace
    by_rules = [(_BY_RULES, "Assign by rules")] if workspace.assignment_rules else []
    owners = [("", "No owner"), *by_rules, *((rep.id, rep.name) for rep in assignable())]
    return render_template(
        "leads/new.html",
        section="leads",
        given=given,
        errors=errors or {},
        known=known,
        same=same,
        same_words=same_words,
        owners=owners,
        fit_options=fit_options(given, given.get("country")),
        sources=[("", "Unknown"), *((source.name, source.name) for source in workspace_store().sources.all())],
        own_fields=[replace(empty_field(field), value=_given_fields().get(field.name, "")) for field in workspace.custom_fields],
        required={field.name for field in workspace.custom_fields if is_required(workspace, field, workspace.stages[0])},
    )
