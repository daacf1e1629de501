"""The lead page: who this is, what is next, and everything that happened. Changes are in lead_edits.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request

from tracker.actions.pipeline.scores import score
from tracker.base.clock import from_ms, to_ms
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Visit
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.score import LedgerRow, Score, Side
from tracker.rules.visibility import may_assign
from tracker.store.store import WorkspaceStore
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.lead.access import lead_here
from tracker.web.console.pages.lead.edits import OWN_FIELDS
from tracker.web.console.pages.lead.timeline import Around, days_of
from tracker.web.console.pages.lead.visit_card import card_of
from tracker.web.console.text import dates
from tracker.web.console.text.event_text import Known
from tracker.web.console.text.quadrants import quadrant_of

blueprint = Blueprint("lead", __name__)

_EVENTS = 150
_VISITS = 60
_MOST_LEDGER_ROWS = 40


@dataclass(frozen=True, slots=True)
class Explained:
    """Why the score is what it is: the rows of fit and of engagement, each with its sum."""

    score: Score
    fit: tuple[LedgerRow, ...]
    engagement: tuple[LedgerRow, ...]
    more: int
    """Points in older rows that are not listed."""


@blueprint.get("/leads/<lead>")
def page(lead: str) -> str:
    """The whole page; `?before=` shows an earlier stretch of the timeline."""
    found, store, now = lead_here(lead), here(), deps().now()
    zone = zone_of(seat().rep.timezone)
    events, earlier = _events(found.id, store, request.args.get("before", ""))
    visits = store.dwell.fill(store.visits.of_lead(found.id, limit=_VISITS))
    known = _known(found, store, events, visits)
    moves = store.moves.of_lead(found.id)
    is_first = "before" not in request.args
    around = _around(visits, _within(moves, events, is_first=is_first), known)
    explained = _explained(found.id)
    context: dict[str, Any] = {
        "lead": found,
        "days": days_of(events, around, zone, now),
        "earlier": earlier,
        "is_first": is_first,
        "has_visits": any(event.kind is EventKind.VIEW for event in events),
        "explained": explained,
        "quadrant": quadrant_of(explained.score.quadrant),
        "stage": seat().workspace.stage(found.stage),
        "stages": seat().workspace.stages,
        "local_time": dates.local_clock(found.timezone, now),
        "company": store.companies.find(found.company_id) if found.company_id else None,
        "colleagues": _colleagues(found, store),
        "tasks": store.tasks.open_of_lead(found.id),
        "sales": store.sales.of_lead(found.id),
        "moves": moves[::-1],
        "known": known,
        "owners": [("", "Nobody"), *_owners(found, store)],
        "sources": _sources(found),
        "own_fields": OWN_FIELDS,
        "hot": seat().workspace.policy.hot_score,
        "due_value": dates.field_date(found.next_action.due if found.next_action else None, zone),
        "today": dates.field_date(now, zone),
    }
    return render_template("lead/page.html", section="leads", **context)


def _colleagues(lead: Lead, store: WorkspaceStore) -> list[Lead]:
    """A few other leads of the lead's company, of those that this rep may see."""
    if not lead.company_id:
        return []
    found = store.leads.of_company(lead.company_id, limit=6, visible_to=seat().scope)
    return [other for other in found if other.id != lead.id][:5]


def _owners(lead: Lead, store: WorkspaceStore) -> list[tuple[str, str]]:
    """The reps whom this rep may make the lead's owner, and the one who is."""
    return [(rep.id, rep.name) for rep in store.reps.active() if rep.id == lead.owner or may_assign(seat().viewer, rep.id)]


def _known(lead: Lead, store: WorkspaceStore, events: list[Event], visits: list[Visit]) -> Known:
    """The names that these events and visits need; not every mail that the lead ever got."""
    named = {event.message for event in events} | {visit.message for visit in visits}
    return Known(
        messages=store.messages.by_ids(message for message in named if message),
        shares={share.id: share for share in store.shares.of_lead(lead.id)},
        reps={rep.id: rep for rep in store.reps.all()},
        me=seat().rep.id,
    )


def _events(lead: str, store: WorkspaceStore, before: str) -> tuple[list[Event], str | None]:
    """A stretch of the lead's events, newest first, and where the earlier ones begin."""
    milliseconds, _, event = before.partition("-")
    is_edge = milliseconds.isdecimal() and milliseconds.isascii() and len(milliseconds) < 15 and len(event) == 32 and event.isalnum()  # noqa: PLR2004 - a time and an id
    edge: tuple[datetime, str] | None = (
        (from_ms(int(milliseconds)), event) if is_edge and not set(event) - set("0123456789abcdef") else None
    )
    found = store.events.latest_of_lead(lead, before=edge, limit=_EVENTS + 1)
    if len(found) <= _EVENTS:
        return found, None
    last = found[_EVENTS - 1]
    return found[:_EVENTS], f"{to_ms(last.at)}-{last.id}"


def _around(visits: list[Visit], moves: list[Move], known: Known) -> Around:
    forms = seat().workspace.policy.consultation_paths
    visit_of = {page.event: visit.id for visit in visits for page in visit.pages} | {
        act.event: visit.id for visit in visits for act in visit.acts
    }
    return Around(visits=[card_of(visit, known.messages, forms) for visit in visits], visit_of=visit_of, moves=moves, known=known)


def _within(moves: list[Move], events: list[Event], *, is_first: bool) -> list[Move]:
    """The moves of the stretch that these events cover."""
    if not events:
        return moves if is_first else []
    end = len(events) < _EVENTS
    return [m for m in moves if (is_first or m.at <= events[0].at) and (end or m.at >= events[-1].at)]


def _explained(lead: str) -> Explained:
    found = score(deps(), seat().workspace.id, lead)
    fit = tuple(row for row in found.ledger if row.side is Side.FIT)
    engagement = tuple(row for row in found.ledger if row.side is Side.ENGAGEMENT)
    shown = engagement[:_MOST_LEDGER_ROWS]
    return Explained(found, fit, shown, more=sum(row.points for row in engagement[_MOST_LEDGER_ROWS:]))


def _sources(lead: Lead) -> list[tuple[str, str]]:
    known = seat().workspace.sources
    own = [lead.source] if lead.source and lead.source not in known else []
    return [("", "Not known"), *((source, source) for source in (*known, *own))]
