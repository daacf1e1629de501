"""The Live page: leads on the site now, and the latest events. The browser refreshes `/live/rows`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.leads.lead import Lead
from tracker.rules.readers.names import reader_name, reader_note
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.auth import client_address
from tracker.web.api.resources.activity.live import open_stream
from tracker.web.api.streams import rights
from tracker.web.api.streams.limits import limits_of
from tracker.web.api.streams.stream import StreamRequest, ping_event
from tracker.web.console import cookies
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.live.live_board import Board, BoardData, board_of
from tracker.web.console.pages.live.on_site import presence, visible
from tracker.web.console.text.event_text import EventNames, automatic_reason, icon_of, sentence_of
from tracker.web.console.text.lag import current_lag
from tracker.web.console.watching import watching

blueprint = Blueprint("live", __name__)

_EVENTS = 60
_GROUPS = {"mine": "Your leads", "unowned": "No owner", "others": "Colleagues' leads"}
_OURS = frozenset({EventKind.SENT, EventKind.CALL, EventKind.MEETING, EventKind.CHAT, EventKind.NOTE, EventKind.TOUCH, EventKind.BOUNCE})


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One line of the event list."""

    event: Event
    lead: Lead | None
    icon: str
    text: str
    note: str = ""
    is_ours: bool = False
    """Whether a rep did it; the sentence then starts with the rep."""

    @property
    def name(self) -> str:
        """The lead's name, or `Someone else at Acme`."""
        return reader_name(self.lead, self.event.reader) if self.lead else ""

    @property
    def reader_note(self) -> str:
        """For someone else: `mail to Marcus Bell`."""
        return reader_note(self.lead, self.event.reader) if self.lead else ""


@blueprint.get("/live")
def board() -> str:
    """The page."""
    return render_template("live/page.html", section="live", **_content())


@blueprint.get("/live/rows")
def rows() -> str:
    """The part that changes, for js/pages/live.js."""
    return render_template("live/rows.html", **_content())


@blueprint.get("/live/stream")
def stream() -> AnyResponse:
    """Server-sent events for this rep's browser: presence, event, alert, withdrawn; ping with the server's time and lag."""
    found, own = current_user(), deps()
    credential = rights.session_credential(own, cookies.read(request, cookies.SESSION) or "")
    check = rights.make_check(own, found.viewer, credential, kinds=rights.CONSOLE_KINDS, is_browser=True)
    session = f"session:{found.session.id}"
    wanted = StreamRequest(
        workspace=found.workspace.id,
        check=check,
        limits=limits_of(found.workspace.id, session, client_address(own, request), by_key=False),
        after=request.headers.get("Last-Event-ID") or request.args.get("after"),
        heartbeat=lambda: ping_event(own, lambda: {"late": _lag_seconds(own)}),
        session=session,
    )
    return open_stream(own, wanted)


def _lag_seconds(own: Deps) -> int:
    lag = current_lag(own)
    return round(lag.seconds) if lag.is_notable else 0


def _content() -> dict[str, Any]:
    found, store = current_user(), workspace_store()
    states, is_live = presence()
    events = store.events.latest(limit=_EVENTS)
    wanted = {state.lead for state in states if state.lead} | {e.lead for e in events if e.lead}
    leads = visible(store.leads.by_ids(wanted).values())
    messages = store.messages.by_ids({m for m in (*(s.message for s in states), *(e.message for e in events)) if m})
    data = BoardData(leads=leads, messages=messages, me=found.rep.id, now=deps().now())
    current = board_of(states, events, data)
    if not current.groups:
        data = BoardData(leads={lead.id: lead for lead in _latest_leads()}, messages={}, me=found.rep.id, now=deps().now())
        current = Board(anonymous=current.anonymous, last=board_of((), (), data).last)
    names = EventNames(messages=messages, shares={}, reps={rep.id: rep for rep in store.reps.all()}, me=found.rep.id)
    by_people, automatic = _lines(events, leads, names)
    return {
        "board": current,
        "groups": _GROUPS,
        "events": by_people,
        "machines": automatic,
        "lag": current_lag(deps()),
        "is_live": is_live,
        "hot": found.workspace.policy.hot_score,
        "reps": names.reps,
        "watching": watching(),
    }


def _latest_leads() -> Sequence[Lead]:
    return workspace_store().leads.page(LeadQuery(visible_to=current_user().scope), sort="-last_seen", limit=5).items


def _lines(events: Iterable[Event], leads: Mapping[str, Lead], names: EventNames) -> tuple[list[LiveEvent], list[LiveEvent]]:
    """Events of people and automatic requests. Events of anonymous visitors are left out."""
    by_people, automatic = [], []
    for event in events:
        lead = leads.get(event.lead or "")
        if lead is None:
            continue
        if event.stands:
            by_people.append(LiveEvent(event, lead, icon_of(event, names), sentence_of(event, names), is_ours=event.kind in _OURS))
        else:
            automatic.append(LiveEvent(event, lead, "machine", sentence_of(event, names), automatic_reason(event, names)))
    return by_people[:30], automatic[:30]
