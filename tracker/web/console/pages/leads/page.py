"""The leads list, and adding a lead by hand."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.leads import leads as lead_actions
from tracker.base.errors import Invalid, Taken
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.lead.access import as_told, assignable, check_owner
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.leads.filters import SCORES, SEEN, filters_of, query_of
from tracker.web.console.text import dates
from tracker.web.console.text.quadrants import QUADRANTS, quadrant_of

blueprint = Blueprint("leads", __name__)

_PAGE = 50
_FORM = ("email", "name", "company", "phone", "job_title", "country", "timezone", "source", "source_detail")


@blueprint.app_template_filter("due")
def _due(action: NextAction) -> str:
    return dates.due(action.due, zone_of(seat().rep.timezone), deps().now()) if action.due else ""


@blueprint.app_template_filter("is_late")
def _is_late(action: NextAction) -> bool:
    return bool(action.due and dates.is_late(action.due, zone_of(seat().rep.timezone), deps().now()))


@blueprint.get("/leads")
def index() -> str:
    """The list; every choice stands in the address."""
    found = seat()
    filters = filters_of(request.args, found.workspace)
    query = query_of(filters, me=found.rep.id, visible_to=found.scope, now=deps().now())
    cursor = request.args.get("cursor")
    page = here().leads.page(query, sort=filters.sort, cursor=cursor, limit=_PAGE)
    reps = {rep.id: rep for rep in here().reps.all()}
    context: dict[str, Any] = {
        "leads": page.items,
        "next": filters.link(cursor=page.next) if page.next else None,
        "is_first": not cursor,
        "count": here().leads.count_of(query),
        "is_empty": filters.is_any and not cursor and not page.items,
        "filters": filters,
        "reps": reps,
        "owners": [
            ("", "Any owner"),
            ("me", "Mine"),
            ("none", "Nobody's"),
            *((r.id, r.name) for r in reps.values() if r.id != found.rep.id),
        ],
        "sources": _sources(),
        "seen": [("", "Any time"), *SEEN.items()],
        "scores": [("", "Any score"), *((s, f"Score {s} and more") for s in SCORES)],
        "quadrants": QUADRANTS,
        "quadrant_of": quadrant_of,
        "stage_kinds": {stage.name: stage.kind for stage in found.workspace.stages},
        "hot": found.workspace.policy.hot_score,
    }
    return render_template("leads/index.html", section="leads", **context)


@blueprint.get("/leads/new")
def new() -> str:
    """The form for one lead."""
    return _form({"owner": seat().rep.id} | request.args.to_dict())


@blueprint.post("/leads")
def add() -> Response | tuple[str, int]:
    """Keeps a new lead; a known e-mail address leads to the lead that has it."""
    given = {name: request.form.get(name, "").strip() for name in (*_FORM, "owner", "action", "due")}
    check_owner(given["owner"])
    try:
        lead = lead_actions.add_lead(deps(), seat().workspace.id, actor=seat().rep.id, **_values(given))
    except Taken as taken:
        told, known = as_told(taken)
        return _form(given, {"email": sentence_of(told)}, known), 409
    except Invalid as error:
        field = {"next_action.text": "action", "next_action.due": "due"}.get(error.field, error.field)
        return _form(given, {field: f"It {error}." if str(error)[:1].islower() else str(error)}), 422
    flash(f"{lead.name} is in. Write the first mail?", "ok")
    return redirect(url_for("lead.page", lead=lead.id), 303)


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: given[name] for name in _FORM if given[name]} | {
        "email": given["email"],
        "name": given["name"] or given["email"],
    }
    values["owner"] = given["owner"] or None
    if given["action"]:
        try:
            due = dates.parse_due(given["due"], zone_of(seat().rep.timezone))
        except ValueError:
            raise Invalid("due", "must be a date") from None
        values["next_action"] = NextAction(given["action"], due)
    return values


def _form(given: Mapping[str, str], errors: Mapping[str, str] | None = None, known: Lead | None = None) -> str:
    owners = [("", "Nobody yet"), *((rep.id, rep.name) for rep in assignable())]
    return render_template(
        "leads/new.html",
        section="leads",
        given=given,
        errors=errors or {},
        known=known,
        owners=owners,
        sources=[("", "Not known"), *_sources()[1:]],
    )


def _sources() -> list[tuple[str, str]]:
    return [("", "Any source"), *((source, source) for source in seat().workspace.sources)]
