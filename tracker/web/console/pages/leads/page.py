"""The leads list, and adding a lead by hand."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.leads.condition_panel import panel
from tracker.web.console.pages.leads.current_list import current_list, tabs
from tracker.web.console.pages.leads.filters import SCORES, SEEN, LeadFilters
from tracker.web.console.pages.leads.sheet import sheet_context
from tracker.web.console.pages.leads.shown_leads import shown_leads
from tracker.web.console.pages.today.blocks import title_of
from tracker.web.console.text import dates
from tracker.web.console.text.consent_text import LIST_WORDS
from tracker.web.console.text.field_text import field_choices, shown_value
from tracker.web.console.text.filters import plural
from tracker.web.console.text.fit_choices import fit_filters
from tracker.web.console.text.quadrants import QUADRANTS, Quadrant, quadrant_of

blueprint = Blueprint("leads", __name__)

_PAGE = 50
_OWN_FIELDS = ("industry", "size", "budget")
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
        "sequences": [(one.id, one.name) for one in workspace_store().sequences.all()],
        "fit_filters": fit_filters(filters.industry, filters.size, filters.budget, filters.country),
    }


def _rating(workspace: Workspace) -> dict[str, Any]:
    """What the list needs to name quadrants."""
    kinds = {stage.id: stage.kind for stage in workspace.stages}

    def shown(lead: Lead) -> Quadrant:
        return quadrant_of(lead.derived.quadrant, kinds.get(lead.stage, "open"))

    return {"stage_choices": [(stage.id, stage.name) for stage in workspace.stages], "quadrant_of": shown}


def _sources() -> list[tuple[str, str]]:
    return [("", "Source"), *((source.name, source.name) for source in workspace_store().sources.all())]
