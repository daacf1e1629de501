"""The peek panel: who a lead is and what happened last, beside a list. For js/parts/peek.js."""

from itertools import chain, islice
from typing import Any

from flask import Blueprint, render_template

from tracker.actions.pipeline.scores import score
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.log.timeline import TimelineContext, days_of
from tracker.web.console.pages.lead.log.timeline_entry import TimelineEntry
from tracker.web.console.pages.lead.log.visit_card import card_of
from tracker.web.console.text import dates
from tracker.web.console.text.event_text import EventNames
from tracker.web.console.text.quadrants import quadrant_of

blueprint = Blueprint("lead_peek", __name__)

_LINES = 5
_EVENTS = 40
"""Events that are read for the lines: those of one visit, or automatic requests, become one line."""
_VISITS = 8
_REASONS = 4


@blueprint.get("/leads/<lead>/peek")
def peek(lead: str) -> str:
    """Contact, stage, score with its largest reasons, next action, the last lines of the timeline, and what can be done."""
    return render_template("lead/peek.html", **peek_values(visible_lead(lead)))


def peek_values(lead: Lead, most: int = _LINES) -> dict[str, Any]:
    """The values of the template, with so many lines of the timeline. Also for the inbox."""
    user = current_user()
    explained, stage = score(deps(), user.workspace.id, lead.id), user.workspace.stage(lead.stage)
    return {
        "lead": lead,
        "score": explained,
        "quadrant": quadrant_of(explained.quadrant, stage.kind if stage else "open"),
        "reasons": sorted(explained.ledger, key=lambda row: -abs(row.points))[:_REASONS],
        "lines": _lines(lead, most),
        "owner": workspace_store().reps.find(lead.owner) if lead.owner else None,
        "local_time": dates.local_clock(lead.timezone, deps().now()),
        "hot": user.workspace.policy.hot_score,
    }


def _lines(lead: Lead, most: int) -> list[tuple[str, TimelineEntry]]:
    """The last lines of the timeline, each with the heading of its day."""
    store, user = workspace_store(), current_user()
    events = store.events.latest_of_lead(lead.id, limit=_EVENTS)
    visits = store.dwell.fill(store.visits.of_lead(lead.id, limit=_VISITS))
    names = EventNames(
        messages=store.messages.by_ids({key for key in (*(e.message for e in events), *(v.message for v in visits)) if key}),
        shares={share.id: share for share in store.shares.of_lead(lead.id)},
        reps={rep.id: rep for rep in store.reps.all()},
        me=user.rep.id,
        touch_icons={one.name: one.icon for one in user.workspace.touch_types},
    )
    cards = [card_of(visit, names.messages, user.workspace.policy.consultation_paths) for visit in visits]
    visit_of = {page.event: visit.id for visit in visits for page in visit.pages}
    visit_of |= {act.event: visit.id for visit in visits for act in visit.acts}
    context = TimelineContext(visits=cards, visit_of=visit_of, moves=(), names=names, lead=lead)
    days = days_of(events, context, zone_of(user.rep.timezone), deps().now())
    return list(islice(chain.from_iterable(((day.heading, entry) for entry in day.entries) for day in days), most))
