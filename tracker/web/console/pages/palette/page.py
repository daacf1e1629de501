"""The command palette: what it offers on this page, and its search over leads, companies and saved lists. For js/parts/palette."""

from collections.abc import Iterable
from dataclasses import asdict

from flask import Blueprint, current_app, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tracker.actions.leads import lists
from tracker.base.errors import NotFound
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import may_see, may_see_company
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.console.auth import current_user, deps, other_workspaces, workspace_store
from tracker.web.console.pages.palette.entries import ADMINS, EVERYONE, PaletteEntry, entries_for

blueprint = Blueprint("palette", __name__)

MOST = 8
"""Leads, companies and lists that a search shows, each."""
_RECENT = 8
_LONGEST = 100

Found = dict[str, str]
"""What is found: label, detail, address."""


@blueprint.app_context_processor
def _tabs() -> dict[str, object]:
    return {"settings_tabs": lambda: ADMINS if current_user().is_admin else EVERYONE}


@blueprint.get("/palette")
def start() -> Response:
    """Pages and commands that this rep may use, and what `?recent=` names, as far as the rep may see it: `lead:ID,company:ID,list:ID`."""
    user = current_user()
    places = [(place.id, place.name) for place in other_workspaces()]
    entries = entries_for(is_admin=user.is_admin, is_demo=user.workspace.is_demo, workspaces=places)
    return jsonify({"entries": [asdict(entry) for entry in entries if _exists(entry)], "recent": _recent(request.args.get("recent", ""))})


@blueprint.get("/palette/search")
def search() -> Response:
    """The leads, companies and saved lists that the words of `?q=` find; without words, the leads that were active last, and any others."""
    words = " ".join(request.args.get("q", "").split())[:_LONGEST]
    user = current_user()
    query = LeadQuery(search=words, visible_to=user.scope)
    leads = workspace_store().leads.page(query, limit=MOST).items
    return jsonify({"leads": [_lead(lead) for lead in leads], "companies": _companies(words), "lists": _lists(words)})


def _exists(entry: PaletteEntry) -> bool:
    """Whether the page is served."""
    if not entry.href:
        return True
    try:
        current_app.url_map.bind("").match(entry.href)
    except HTTPException:
        return False
    return True


def _lead(lead: Lead) -> Found:
    detail = " · ".join(part for part in (lead.company or lead.email, current_user().workspace.stage_name(lead.stage)) if part)
    return {"label": lead.name, "detail": detail, "href": f"/leads/{lead.id}", "id": lead.id}


def _companies(words: str) -> list[Found]:
    """Companies by name. Some that are found may not be seen, so more are read than shown."""
    found = workspace_store().companies.page(words, limit=MOST * 3).items
    return [_company(one) for one in _seen(found)][:MOST]


def _seen(companies: Iterable[Company]) -> list[Company]:
    """Those that the rep may see."""
    found = list(companies)
    if current_user().scope is None:
        return found
    owners = workspace_store().leads.owners_by_company(one.id for one in found)
    return [one for one in found if may_see_company(current_user().viewer, owners[one.id])]


def _company(company: Company) -> Found:
    return {"label": company.name, "detail": company.domain or "", "href": f"/companies/{company.id}"}


def _lists(words: str) -> list[Found]:
    """The lists that every workspace has and the saved ones, whose names have all of the words."""
    wanted = words.casefold().split()
    found = (one for one in lists.visible_lists(deps(), current_user().viewer) if all(word in one.name.casefold() for word in wanted))
    return [{"label": one.name, "detail": "List", "href": f"/leads?list={one.id}"} for one in found][:MOST]


def _recent(text: str) -> list[Found]:
    """What was opened last, by the browser's account. What is gone or may not be seen is left out."""
    named = [part.partition(":")[::2] for part in text.split(",")[:_RECENT]]
    here, viewer = workspace_store(), current_user().viewer
    leads = here.leads.by_ids({key for kind, key in named if kind == "lead"})
    companies = {one.id: one for one in _seen(here.companies.by_ids({key for kind, key in named if kind == "company"}).values())}
    found: list[Found | None] = []
    for kind, key in named:
        if kind == "lead":
            found.append(_lead(leads[key]) if key in leads and may_see(viewer, leads[key]) else None)
        elif kind == "company":
            found.append(_company(companies[key]) if key in companies else None)
        elif kind == "list":
            found.append(_list(key))
    return [one for one in found if one]


def _list(key: str) -> Found | None:
    try:
        found = lists.visible_list(deps(), current_user().viewer, key)
    except NotFound:
        return None
    return {"label": found.name, "detail": "List", "href": f"/leads?list={found.id}"}
