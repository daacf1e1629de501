"""The list of companies, and the page of one: its people, what they read, value, sales, sources, next actions and notes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from tracker.actions.leads.company_figures import CompanyFigures, figures_of
from tracker.base.money import sums
from tracker.domain.leads.company import Company
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.qualification import BUYING_ROLES, Referrer
from tracker.domain.pipeline.note import Note
from tracker.store.leads.companies import SORTS
from tracker.web.console.auth import current_user, workspace_store
from tracker.web.console.pages.companies.access import may_change, visible_company
from tracker.web.console.pages.lead.log.visit_card import VisitCard, card_of
from tracker.web.console.pages.lead.qualification import referrals_of
from tracker.web.console.pages.live.on_site import rows_on_site
from tracker.web.console.text.fit_choices import fit_options

blueprint = Blueprint("companies", __name__)
blueprint.add_app_template_filter(sums, "sums")

_PAGE = 50
_PEOPLE = 200
_VISITS = 12
_NOTES = 50
_SALES = 50
_NEXT = 8
_SEARCH = 200
_NOTE_ICONS = {"call": "phone", "meeting": "calendar", "chat": "mail"}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A visit of one of the company's people."""

    lead: Lead
    visit: VisitCard


@dataclass(frozen=True, slots=True)
class _Said:
    """A note about one of the company's people."""

    lead: Lead
    note: Note
    icon: str
    author: str


@blueprint.get("/companies")
def index() -> str:
    """The list; `?q=`, `?sort=` and `?cursor=`. Reps who see some leads see the companies of these."""
    store, scope = workspace_store(), current_user().scope
    search, sort = request.args.get("q", "").strip()[:_SEARCH], request.args.get("sort", "name")
    sort = sort if sort.removeprefix("-") in SORTS else "name"
    cursor = request.args.get("cursor")
    only = None if scope is None else store.leads.companies_of(scope)
    page = store.companies.page(search, sort=sort, only=only, cursor=cursor, limit=_PAGE)
    figures = figures_of(store, current_user().workspace, [company.id for company in page.items], scope)
    return render_template(
        "companies/list.html",
        section="leads",
        companies=[(company, figures[company.id]) for company in page.items],
        here=Counter(row.lead.company_id for row in rows_on_site(None)),
        reps={rep.id: rep for rep in store.reps.all()},
        search=search,
        sort=sort,
        is_empty=not page.items and not search and not cursor,
        is_first=not cursor,
        next=_link(q=search, sort=sort, cursor=page.next) if page.next else None,
        first=_link(q=search, sort=sort),
        sorts={name: _link(q=search, sort=f"-{name}" if sort == name else name) for name in SORTS},
    )


def _link(**values: str | None) -> str:
    given = {name: value for name, value in values.items() if value}
    return f"/companies?{urlencode(given)}" if given else "/companies"


@blueprint.get("/companies/<company>")
def page(company: str) -> str:
    """The page of one company, over the leads that the rep may see."""
    found, store, scope = visible_company(company), workspace_store(), current_user().scope
    people = store.leads.of_company(company, limit=_PEOPLE, visible_to=scope)
    leads = {lead.id: lead for lead in people}
    reps = {rep.id: rep.name for rep in store.reps.all()}
    figures = figures_of(store, current_user().workspace, [company], scope)[company]
    return render_template(
        "companies/page.html",
        section="leads",
        company=found,
        figures=figures,
        here={row.lead.id: row for row in rows_on_site(None) if row.lead.company_id == company},
        reps=reps,
        may_change=may_change(company),
        hot=current_user().workspace.policy.hot_score,
        fit_options=_options(found),
        buying_roles=BUYING_ROLES,
        referrals=referrals_of(Referrer(company=company)),
        **_people(people, figures),
        **_activity(leads, reps),
    )


def _options(company: Company) -> dict[str, Any]:
    return fit_options(
        {"industry": company.industry or "", "size": company.size or "", "location": company.location or ""}, company.location
    )


def _people(people: Sequence[Lead], figures: CompanyFigures) -> dict[str, Any]:
    """The people, where they came from, and what happens next."""
    dues = [(lead.next_action.due, lead) for lead in people if lead.next_action]
    return {
        "people": people,
        "more_people": max(0, figures.people - len(people)),
        "sources": Counter(lead.source or "Unknown" for lead in people).most_common(),
        "next_actions": [lead for _, lead in sorted(dues, key=_by_due)][:_NEXT],
    }


def _by_due(one: tuple[datetime | None, Lead]) -> tuple[bool, float, str]:
    due, lead = one
    return due is None, due.timestamp() if due else 0.0, lead.id


def _activity(leads: Mapping[str, Lead], reps: Mapping[str, str]) -> dict[str, Any]:
    """What the people read lately, their sales, and the notes about them."""
    store, forms = workspace_store(), current_user().workspace.policy.consultation_paths
    visits = store.dwell.fill(store.visits.latest_of(leads, limit=_VISITS))
    messages = store.messages.by_ids({visit.message for visit in visits if visit.message})
    notes = store.notes.latest_of(leads, limit=_NOTES)
    return {
        "readings": [_Reading(leads[visit.lead], card_of(visit, messages, forms)) for visit in visits if visit.lead],
        "sales": [(leads[sale.lead], sale) for sale in store.sales.latest_of(leads, limit=_SALES)],
        "notes": [
            _Said(leads[note.lead], note, _NOTE_ICONS.get(note.kind, "note"), reps.get(note.rep or "", "A program"))
            for note in sorted(notes, key=lambda note: (note.at, note.id), reverse=True)
        ],
    }
