"""The page *Automatic traffic*: what does not count as a person's, why, and the menu to correct it. For all reps."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from tracker.actions.activity.automatic_traffic import MOST_EVENTS, AutomaticTraffic, automatic_traffic
from tracker.base.errors import Invalid
from tracker.domain.activity.event import Event
from tracker.domain.leads.lead import Lead
from tracker.rules.automatic_traffic import TrafficCause, TrafficFilter, TrafficKind, cause_of
from tracker.web.api.cursors import format_cursor, parse_cursor
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.log.timeline import entry_of
from tracker.web.console.pages.lead.log.timeline_entry import TimelineEntry
from tracker.web.console.text.event_text import EventNames
from tracker.web.console.text.reason_text import has_text, reason_text
from tracker.web.console.text.traffic_text import CAUSES, KINDS, program_text, reason_rows, says, traffic_rows

blueprint = Blueprint("settings_automatic", __name__, url_prefix="/settings/automatic")

_PAGE = 50
_PERIODS = {"7": "7 days", "30": "30 days"}
_FILTERED = [cause for cause in CAUSES if cause is not TrafficCause.PERSON]


@dataclass(frozen=True, slots=True)
class TrafficChoice:
    """The period, filters and position of the query string; empty means any, invalid values are ignored."""

    days: str = "7"
    kind: str = ""
    shown: str = ""
    """A TrafficCause; forms of this page use `cause` for the correction."""
    reason: str = ""
    cursor: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is set."""
        return bool(self.kind or self.shown or self.reason)

    def link(self, **changes: str) -> str:
        """The page's URL with these values, from its newest event unless `cursor` is given."""
        values = asdict(self) | {"cursor": ""} | changes
        query = urlencode({name: value for name, value in values.items() if value and (name, value) != ("days", "7")})
        return f"/settings/automatic?{query}" if query else "/settings/automatic"

    @property
    def place(self) -> dict[str, str]:
        """The form fields with which a correction returns here."""
        return {"page": "automatic"} | {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class TrafficItem:
    """One event of the list."""

    entry: TimelineEntry
    cause: str
    lead: Lead | None
    program: str


@blueprint.get("")
def page() -> str:
    """Numbers and one page of events; `?days=`, `kind`, `shown`, `reason` and `cursor` choose them."""
    choice = _choice(request.args)
    found = _traffic(choice)
    reasons = reason_rows(found.summary.reasons)
    return render_template(
        "settings/automatic.html",
        section="settings",
        tab="automatic",
        choice=choice,
        found=found,
        periods=_PERIODS,
        rows=traffic_rows(found.summary),
        kinds=KINDS,
        reasons=reasons,
        kind_options=[("", "All kinds"), *((kind.value, label) for kind, label in KINDS.items())],
        cause_options=[("", "All causes"), *((cause.value, CAUSES[cause]) for cause in _FILTERED)],
        reason_options=[("", "All reasons"), *dict([(row.name, row.text) for row in reasons] + _chosen(choice)).items()],
        items=_items(found.events),
        place=choice.place,
        next=choice.link(cursor=format_cursor(*found.next)) if found.next else None,
        most=MOST_EVENTS,
    )


def _choice(given: Mapping[str, str]) -> TrafficChoice:
    days, reason, cursor = given.get("days", ""), given.get("reason", ""), given.get("cursor", "")
    try:
        parse_cursor(cursor)
    except Invalid:
        cursor = ""
    return TrafficChoice(
        days=days if days in _PERIODS else "7",
        kind=given["kind"] if given.get("kind") in list(TrafficKind) else "",
        shown=given["shown"] if given.get("shown") in _FILTERED else "",
        reason=reason if has_text(reason) else "",
        cursor=cursor,
    )


def _chosen(choice: TrafficChoice) -> list[tuple[str, str]]:
    """The option of the chosen reason, which the period may not have."""
    return [(choice.reason, reason_text(choice.reason))] if choice.reason else []


def _traffic(choice: TrafficChoice) -> AutomaticTraffic:
    wanted = TrafficFilter(
        kind=TrafficKind(choice.kind) if choice.kind else None,
        cause=TrafficCause(choice.shown) if choice.shown else None,
        is_wanted=says(reason_text(choice.reason)) if choice.reason else None,
    )
    before = parse_cursor(choice.cursor)
    return automatic_traffic(deps(), current_user().viewer, days=int(choice.days), wanted=wanted, before=before, limit=_PAGE)


def _items(events: list[Event]) -> list[TrafficItem]:
    store = workspace_store()
    leads = store.leads.by_ids({event.lead for event in events if event.lead})
    messages = store.messages.by_ids({event.message for event in events if event.message})
    shares = store.shares.by_ids({event.share for event in events if event.share})
    names = EventNames(messages=messages, shares=shares, reps={}, me=current_user().rep.id)
    return [
        TrafficItem(entry_of(event, names), CAUSES[cause_of(event)], leads.get(event.lead or ""), program_text(event.agent))
        for event in events
    ]
