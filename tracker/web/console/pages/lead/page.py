"""The lead page: contact, stage, next action, score and timeline. edits.py changes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, render_template, request, url_for

from tracker.actions.activity.briefs import brief
from tracker.actions.pipeline.scores import score
from tracker.base.clock import from_ms, to_ms
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Visit
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.score import UNRATED, LedgerRow, Score, Side
from tracker.domain.workspace.custom_field import BUILT_IN_FIELDS
from tracker.domain.workspace.source import Source
from tracker.rules.consent import allowed
from tracker.rules.sources.names import offered
from tracker.rules.visibility import may_assign
from tracker.rules.visits import may_be_undercounted
from tracker.store.store import WorkspaceStore
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.inquiry_clocks import clocks_of_lead
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.log.assignment import assignment_of
from tracker.web.console.pages.lead.log.timeline import Day, TimelineContext, days_of
from tracker.web.console.pages.lead.log.timeline_entry import TimelineEntry
from tracker.web.console.pages.lead.log.visit_card import card_of
from tracker.web.console.pages.lead.personal_links import personal_links_of
from tracker.web.console.pages.lead.qualification import qualification
from tracker.web.console.pages.lead.shown_records import notes_by_event, shown_records
from tracker.web.console.pages.lead.source_history import source_changes_of
from tracker.web.console.pages.lead.unsent import unsent_of
from tracker.web.console.text import dates
from tracker.web.console.text.consent_text import STATES, decided_by, permission_text
from tracker.web.console.text.event_text import NEW_ADDRESS, EventNames
from tracker.web.console.text.field_text import shown_fields
from tracker.web.console.text.fit_choices import fit_options
from tracker.web.console.text.quadrants import QUADRANTS, quadrant_of
from tracker.web.console.watching import watching

blueprint = Blueprint("lead", __name__)

_Line = TypeVar("_Line", Move, TimelineEntry)
_EVENTS = 150
_VISITS = 60
_MOST_LEDGER_ROWS = 40


@dataclass(frozen=True, slots=True)
class ScoreExplanation:
    """The score with its ledger rows of fit and engagement."""

    score: Score
    fit: tuple[LedgerRow, ...]
    engagement: tuple[LedgerRow, ...]
    more: int
    """Points of older rows that are not listed."""


@blueprint.get("/leads/<lead>")
def page(lead: str) -> str:
    """The page; `?before=` shows earlier events."""
    found, store, now = visible_lead(lead), workspace_store(), deps().now()
    zone = zone_of(current_user().rep.timezone)
    events, earlier = _events(found.id, store, request.args.get("before", ""))
    visits = store.dwell.fill(store.visits.of_lead(found.id, limit=_VISITS))
    names = _names(found, store, events, visits)
    moves = [_named(move) for move in store.moves.of_lead(found.id)]
    is_first = "before" not in request.args
    more = _within(assignment_of(found, names), events, is_first=is_first)
    timeline = _timeline_context(found, visits, (_within(moves, events, is_first=is_first), more), names)
    explained = _explained(found.id)
    days = days_of(events, timeline, zone, now)
    context: dict[str, Any] = {
        "lead": found,
        "days": days,
        **_automatic(found, days),
        "earlier": earlier,
        "is_first": is_first,
        "unsent": unsent_of(found, is_first=is_first),
        **_visits(events, visits, now),
        "explained": explained,
        **_rating(found, explained),
        "stages": current_user().workspace.stages,
        **dates.day_of_lead(found, now, zone),
        **_company(found, store),
        **_consent(found, store, names),
        **shown_records(found, store),
        "moves": moves[::-1],
        "clocks": clocks_of_lead(found),
        "brief": brief(deps(), current_user().workspace, found),
        "names": names,
        "watching": watching(),
        "owners": [("", "No owner"), *_owners(found, store)],
        **_sources(found, store.sources.all()),
        "personal_links": personal_links_of(found),
        "hot": current_user().workspace.policy.hot_score,
        **_days(found, now, zone),
    }
    return render_template("lead/page.html", section="leads", new_address=NEW_ADDRESS, **context)


def _visits(events: list[Event], visits: list[Visit], now: datetime) -> dict[str, Any]:
    return {
        "has_visits": any(event.kind is EventKind.VIEW for event in events),
        "is_undercounted": may_be_undercounted(visits, now),
    }


def _rating(lead: Lead, explained: ScoreExplanation) -> dict[str, Any]:
    """The stage, the quadrant, and the fields that count for fit, each with the values to pick from."""
    workspace = current_user().workspace
    stage = workspace.stage(lead.stage)
    kind = stage.kind if stage else "open"
    return {
        "stage": stage,
        "quadrant": quadrant_of(explained.score.quadrant, kind),
        "has_fit_rules": any(workspace.policy.fit.values()),
        "unrated": QUADRANTS[UNRATED],
        "built_in_fields": BUILT_IN_FIELDS,
        "custom_fields": shown_fields(lead, workspace),
        "fit_options": fit_options(lead.field_texts, lead.country),
        **qualification(lead),
    }


def _automatic(lead: Lead, days: Iterable[Day]) -> dict[str, Any]:
    """Whether automatic requests are shown open (`?automatic=show`), and the link that changes this."""
    shown, before = request.args.get("automatic") == "show", request.args.get("before", "")
    wanted: dict[str, Any] = {name: value for name, value in (("before", before), ("automatic", "" if shown else "show")) if value}
    return {
        "place": {name: value for name, value in (("before", before), ("automatic", "show" if shown else "")) if value},
        "shows_automatic": shown,
        "has_automatic": any(entry.folded for day in days for entry in day.entries),
        "automatic_link": url_for("lead.page", lead=lead.id, **wanted),
    }


def _days(lead: Lead, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """The values of date fields."""
    due = lead.next_action.due if lead.next_action else None
    return {"due_value": dates.field_moment(due, zone), "today": dates.field_date(now, zone)}


def _consent(lead: Lead, store: WorkspaceStore, names: EventNames) -> dict[str, Any]:
    """What the lead said of tracking, and what follows from it."""
    reps = {rep.id: rep.name for rep in names.reps.values()}
    return {
        "permission": permission_text(allowed(lead, current_user().workspace.tracking_policy)),
        "consent_states": [(state.value, label) for state, label in STATES.items()],
        "consents": [
            (STATES[row.consent.state], row.consent, decided_by(row.consent, reps), row.void_since)
            for row in store.consents.of_lead(lead.id, 20)
        ],
    }


def _company(lead: Lead, store: WorkspaceStore) -> dict[str, Any]:
    return {"company": store.companies.find(lead.company_id or ""), "colleagues": _colleagues(lead, store)}


def _colleagues(lead: Lead, store: WorkspaceStore) -> list[Lead]:
    """Up to five other visible leads of the same company."""
    if not lead.company_id:
        return []
    found = store.leads.of_company(lead.company_id, limit=6, visible_to=current_user().scope)
    return [other for other in found if other.id != lead.id][:5]


def _owners(lead: Lead, store: WorkspaceStore) -> list[tuple[str, str]]:
    """The current owner, and the reps to whom this rep may assign the lead."""
    return [(rep.id, rep.name) for rep in store.reps.active() if rep.id == lead.owner or may_assign(current_user().viewer, rep.id)]


def _names(lead: Lead, store: WorkspaceStore, events: list[Event], visits: list[Visit]) -> EventNames:
    """The names for these events and visits; loads only the messages they refer to."""
    named = {event.message for event in events} | {visit.message for visit in visits}
    return EventNames(
        messages=store.messages.by_ids(message for message in named if message),
        shares={share.id: share for share in store.shares.of_lead(lead.id)},
        reps={rep.id: rep for rep in store.reps.all()},
        me=current_user().rep.id,
        touch_icons={one.name: one.icon for one in current_user().workspace.touch_types},
    )


def _events(lead: str, store: WorkspaceStore, before: str) -> tuple[list[Event], str | None]:
    """One page of the lead's events, newest first, and the cursor of the next page."""
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


def _timeline_context(lead: Lead, visits: list[Visit], lines: tuple[list[Move], list[TimelineEntry]], names: EventNames) -> TimelineContext:
    forms = current_user().workspace.policy.consultation_paths
    visit_of = {page.event: visit.id for visit in visits for page in visit.pages} | {
        act.event: visit.id for visit in visits for act in visit.acts
    }
    cards = [card_of(visit, names.messages, forms) for visit in visits]
    notes = notes_by_event(lead, workspace_store())
    return TimelineContext(notes=notes, visits=cards, visit_of=visit_of, moves=lines[0], names=names, lead=lead, more=lines[1])


def _named(move: Move) -> Move:
    """The move with the name of its stage."""
    return msgspec.structs.replace(move, stage=current_user().workspace.stage_name(move.stage))


def _within(lines: list[_Line], events: list[Event], *, is_first: bool) -> list[_Line]:
    """The moves, or other lines, within the time span of these events."""
    if not events:
        return lines if is_first else []
    end = len(events) < _EVENTS
    return [m for m in lines if (is_first or m.at <= events[0].at) and (end or m.at >= events[-1].at)]


def _explained(lead: str) -> ScoreExplanation:
    found = score(deps(), current_user().workspace.id, lead)
    fit = tuple(row for row in found.ledger if row.side is Side.FIT)
    engagement = tuple(row for row in found.ledger if row.side is Side.ENGAGEMENT)
    shown = engagement[:_MOST_LEDGER_ROWS]
    return ScoreExplanation(found, fit, shown, more=sum(row.points for row in engagement[_MOST_LEDGER_ROWS:]))


def _sources(lead: Lead, listed: list[Source]) -> dict[str, Any]:
    """Names by group, offered details, what each source means, where visits came from, and former sources."""
    names = offered(listed, lead.source)
    return {
        "touches": (lead.derived.first_touch, lead.derived.last_touch),
        "source_changes": source_changes_of(lead),
        "source_groups": names,
        "source_details": list(dict.fromkeys(detail for source in listed for detail in source.details)),
        "source_meanings": {source.name: source.meaning for source in listed if source.meaning},
    }
