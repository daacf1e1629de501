"""The leads list, and adding a lead by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.assignment.assign import Assigner
from tracker.actions.leads import leads as lead_actions
from tracker.actions.pipeline.required_fields import is_required
from tracker.base.errors import Invalid, Taken
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import assignable, check_owner, conflict_for
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.leads.condition_panel import panel
from tracker.web.console.pages.leads.current_list import current_list, tabs
from tracker.web.console.pages.leads.filters import SCORES, SEEN, LeadFilters
from tracker.web.console.pages.leads.sheet import sheet_context
from tracker.web.console.pages.leads.shown_leads import shown_leads
from tracker.web.console.pages.today.blocks import title_of
from tracker.web.console.text import dates
from tracker.web.console.text.consent_text import LIST_WORDS
from tracker.web.console.text.field_text import empty_field, field_choices, shown_value
from tracker.web.console.text.filters import plural
from tracker.web.console.text.fit_choices import fit_filters, fit_options
from tracker.web.console.text.quadrants import QUADRANTS, Quadrant, quadrant_of

blueprint = Blueprint("leads", __name__)

_PAGE = 50
_OWN_FIELDS = ("industry", "size", "budget")
_BY_RULES = "rules"
_FORM = ("email", "name", "company", "phone", "job_title", "country", "timezone", "source", "source_detail")


@blueprint.app_template_filter("due")
def _due(action: NextAction) -> str:
    return dates.due(action.due, zone_of(current_user().rep.timezone), deps().now()) if action.due else ""


@blueprint.app_template_filter("is_overdue")
def _is_overdue(action: NextAction) -> bool:
    return bool(action.due and dates.is_overdue(action.due, zone_of(current_user().rep.timezone), deps().now()))


@blueprint.get("/leads")
def index() -> str:
    """The list; the query string holds all filters."""
    found, current = current_user(), current_list()
    filters = current.filters
    query = shown_leads(current)
    cursor = request.args.get("cursor")
    page = workspace_store().leads.page(query, sort=filters.sort, cursor=cursor, limit=_PAGE)
    reps = {rep.id: rep for rep in workspace_store().reps.all()}
    context: dict[str, Any] = {
        "leads": page.items,
        "next": filters.link(cursor=page.next) if page.next else None,
        "is_first": not cursor,
        "counted": None if cursor or page.next else plural(len(page.items), "lead"),
        "is_empty": filters.is_any and not cursor and not page.items,
        "filters": filters,
        "block": title_of(filters.today),
        "reps": reps,
        "list_fields": [field for field in found.workspace.custom_fields if field.in_list],
        "shown_value": shown_value,
        "consent_words": LIST_WORDS,
        **_rating(found.workspace),
        **_choices(filters, reps),
        **tabs(),
        **panel(current),
        "hot": found.workspace.policy.hot_score,
        **sheet_context(),
    }
    return render_template("leads/page.html", section="leads", **context)


def _choices(filters: LeadFilters, reps: Mapping[str, Rep]) -> dict[str, Any]:
    """What the quick filters offer."""
    user = current_user()
    others = ((rep.id, rep.name) for rep in reps.values() if rep.id != user.rep.id)
    return {
        "owners": [("", "Owner"), ("me", "Mine"), ("none", "No owner"), *others],
        "sources": _sources(),
        "field_choices": field_choices(user.workspace),
        "seen": [("", "Last seen"), *SEEN.items()],
        "scores": [("", "Score"), *((s, f"Score {s} or more") for s in SCORES)],
        "quadrant_choices": [("", "Quadrant"), *((key, quadrant.label) for key, quadrant in QUADRANTS.items())],
        "fit_filters": fit_filters(filters.industry, filters.size, filters.budget, filters.country),
    }


def _rating(workspace: Workspace) -> dict[str, Any]:
    """What the list needs to name quadrants."""
    kinds = {stage.id: stage.kind for stage in workspace.stages}

    def shown(lead: Lead) -> Quadrant:
        return quadrant_of(lead.derived.quadrant, kinds.get(lead.stage, "open"))

    return {"stage_choices": [(stage.id, stage.name) for stage in workspace.stages], "quadrant_of": shown}


@blueprint.get("/leads/new")
def new() -> str:
    """The form for one lead."""
    return _form({"owner": current_user().rep.id} | request.args.to_dict())


@blueprint.post("/leads")
def add() -> Response | tuple[str, int]:
    """Adds a lead. A taken email address shows the existing lead."""
    given = {name: request.form.get(name, "").strip() for name in (*_FORM, *_OWN_FIELDS, "owner", "action", "due", "from")}
    workspace, assigner = current_user().workspace, None
    if given["owner"] == _BY_RULES:
        assigner = Assigner(deps(), workspace)
    else:
        check_owner(given["owner"])
    try:
        lead = lead_actions.add_lead(deps(), workspace.id, actor=current_user().rep.id, assigner=assigner, **_values(given))
    except Taken as taken:
        shown, known = conflict_for(taken)
        return _form(given, {"email": sentence_of(shown)}, known), 409
    except Invalid as error:
        field = {"next_action.text": "action", "next_action.due": "due"}.get(error.field, error.field)
        return _form(given, {field: f"It {error}." if str(error)[:1].islower() else str(error)}), 422
    if given["from"] == "setup":
        flash(f"{lead.name} added. Next: open the personal link.", "ok")
        return redirect(f"{url_for('setup.checklist')}#link", 303)
    flash(f"{lead.name} added. Next: send the first email.", "ok")
    return redirect(url_for("lead.page", lead=lead.id), 303)


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


def _form(given: Mapping[str, str], errors: Mapping[str, str] | None = None, known: Lead | None = None) -> str:
    workspace = current_user().workspace
    by_rules = [(_BY_RULES, "Assign by rules")] if workspace.assignment_rules else []
    owners = [("", "No owner"), *by_rules, *((rep.id, rep.name) for rep in assignable())]
    return render_template(
        "leads/new.html",
        section="leads",
        given=given,
        errors=errors or {},
        known=known,
        owners=owners,
        fit_options=fit_options(given, given.get("country")),
        sources=[("", "Unknown"), *_sources()[1:]],
        own_fields=[replace(empty_field(field), value=_given_fields().get(field.name, "")) for field in workspace.custom_fields],
        required={field.name for field in workspace.custom_fields if is_required(workspace, field, workspace.stages[0])},
    )


def _sources() -> list[tuple[str, str]]:
    return [("", "Source"), *((source.name, source.name) for source in workspace_store().sources.all())]
