"""Live: who is on the site now, and the latest events under it. `/live/rows` is the part that the browser draws anew."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from redis import RedisError
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.presence import Presence
from tracker.domain.leads.lead import Lead
from tracker.rules.visibility import may_see
from tracker.store.leads.leads import LeadQuery
from tracker.web.api.auth import client_address
from tracker.web.api.resources.activity.live import open_stream
from tracker.web.api.streams import rights
from tracker.web.api.streams.limits import limits_of
from tracker.web.api.streams.stream import StreamRequest, ping_event
from tracker.web.console import cookies
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.live.live_board import Board, Known, board_of
from tracker.web.console.text.event_text import Known as Names
from tracker.web.console.text.event_text import icon_of, machine_words, sentence_of
from tracker.web.console.text.lag import lateness

blueprint = Blueprint("live", __name__)

_EVENTS = 60
_GROUPS = {"mine": "Yours", "nobody": "Nobody's yet", "others": "Your colleagues'"}
_OURS = frozenset({EventKind.SENT, EventKind.CALL, EventKind.MEETING, EventKind.CHAT, EventKind.NOTE, EventKind.BOUNCE})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the events under the board."""

    event: Event
    lead: Lead | None
    icon: str
    text: str
    note: str = ""
    is_ours: bool = False
    """A rep did it: the sentence begins with the rep, and the lead comes after it."""


@blueprint.get("/live")
def board() -> str:
    """The whole screen."""
    return render_template("live.html", section="live", **_content())


@blueprint.get("/live/rows")
def rows() -> str:
    """The part that changes, for js/live.js."""
    return render_template("live_rows.html", **_content())


@blueprint.get("/live/stream")
def stream() -> AnyResponse:
    """Server-sent events for this rep's browser: presence, event, alert, withdrawn; ping with the server's time and lag."""
    found, own = seat(), deps()
    credential = rights.session_credential(own, cookies.read(request, cookies.SESSION) or "")
    check = rights.make_check(own, found.viewer, credential, kinds=rights.KINDS | rights.STATE_KINDS, is_browser=True)
    session = f"session:{found.session.id}"
    wanted = StreamRequest(
        workspace=found.workspace.id,
        check=check,
        limits=limits_of(found.workspace.id, session, client_address(own, request), by_key=False),
        after=request.headers.get("Last-Event-ID") or request.args.get("after"),
        heartbeat=lambda: ping_event(own, lambda: {"late": _late_seconds(own)}),
        session=session,
    )
    return open_stream(own, wanted)


def _late_seconds(own: Deps) -> int:
    late = lateness(own)
    return round(late.seconds) if late.is_late else 0


def on_site() -> int:
    """How many leads that this rep may see are on the site now."""
    presence, _ = _presence()
    leads = _visible(here().leads.by_ids({state.lead for state in presence if state.lead}).values())
    return board_of(presence, (), Known(leads=leads, messages={}, me=seat().rep.id, now=deps().now())).on_site


def _content() -> dict[str, Any]:
    found, store = seat(), here()
    presence, is_live = _presence()
    events = store.events.latest(limit=_EVENTS)
    wanted = {state.lead for state in presence if state.lead} | {e.lead for e in events if e.lead}
    leads = _visible(store.leads.by_ids(wanted).values())
    messages = store.messages.by_ids({m for m in (*(s.message for s in presence), *(e.message for e in events)) if m})
    known = Known(leads=leads, messages=messages, me=found.rep.id, now=deps().now())
    now_there = board_of(presence, events, known)
    if not now_there.groups:
        known = Known(leads={lead.id: lead for lead in _latest_leads()}, messages={}, me=found.rep.id, now=deps().now())
        now_there = Board(unnamed=now_there.unnamed, last=board_of((), (), known).last)
    names = Names(messages=messages, shares={}, reps={rep.id: rep for rep in store.reps.all()}, me=found.rep.id)
    human, machine = _lines(events, leads, names)
    return {
        "board": now_there,
        "groups": _GROUPS,
        "events": human,
        "machines": machine,
        "late": lateness(deps()),
        "is_live": is_live,
        "hot": found.workspace.policy.hot_score,
        "reps": names.reps,
    }


def _presence() -> tuple[list[Presence], bool]:
    try:
        return deps().bus.presence(seat().workspace.id), True
    except RedisError:
        return [], False


def _visible(leads: Iterable[Lead]) -> dict[str, Lead]:
    viewer = seat().viewer
    return {lead.id: lead for lead in leads if may_see(viewer, lead)}


def _latest_leads() -> Sequence[Lead]:
    return here().leads.page(LeadQuery(visible_to=seat().scope), sort="-last_seen", limit=5).items


def _lines(events: Iterable[Event], leads: Mapping[str, Lead], names: Names) -> tuple[list[Line], list[Line]]:
    """What people did and what machines did. Events of visitors whom nobody can name stay out."""
    human, machine = [], []
    for event in events:
        lead = leads.get(event.lead or "")
        if lead is None:
            continue
        if event.stands:
            human.append(Line(event, lead, icon_of(event), sentence_of(event, names), is_ours=event.kind in _OURS))
        else:
            machine.append(Line(event, lead, "machine", sentence_of(event, names), machine_words(event)))
    return human[:30], machine[:30]
