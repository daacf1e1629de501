"""The Live page: leads on the site now, and the recent visits. The browser refreshes `/live/rows` with the page's filter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event
from tracker.domain.leads.lead import Lead
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.auth import client_address
from tracker.web.api.resources.activity.live import open_stream
from tracker.web.api.streams import rights
from tracker.web.api.streams.limits import limits_of
from tracker.web.api.streams.stream import StreamRequest, ping_event
from tracker.web.console import cookies
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.inquiry_clocks import clocks_of
from tracker.web.console.pages.live import filters
from tracker.web.console.pages.live.live_board import Board, BoardData, board_of
from tracker.web.console.pages.live.on_site import presence
from tracker.web.console.pages.live.recent import day_summary, recent_visits
from tracker.web.console.text.event_text import EventNames, automatic_reason, sentence_of
from tracker.web.console.text.lag import current_lag
from tracker.web.console.watching import watching

blueprint = Blueprint("live", __name__)

_EVENTS = 60
"""The events of which openings of emails and automatic requests are taken."""
_GROUPS = {"mine": "Your leads", "unowned": "No owner", "others": "Colleagues' leads"}


@dataclass(frozen=True, slots=True)
class AutomaticRequest:
    """One line of the list of automatic requests: what was requested, and why it does not count."""

    event: Event
    lead: Lead
    text: str
    note: str


@blueprint.get("/live")
def board() -> str:
    """The page. `?show=` is mine, team (by default: everyone whose leads the rep sees) or hot; `?cursor=` names earlier visits."""
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
    found, store, show, now = current_user(), workspace_store(), filters.chosen(), deps().now()
    keep = filters.keeps(show)
    states, is_live = presence()
    events = store.events.latest(limit=_EVENTS)
    wanted = {state.lead for state in states if state.lead} | {e.lead for e in events if e.lead}
    leads = filters.visible(store.leads.by_ids(wanted), keep)
    messages = store.messages.by_ids({m for m in (*(s.message for s in states), *(e.message for e in events)) if m})
    current = board_of(states, events, BoardData(leads=leads, messages=messages, me=found.rep.id, now=now))
    if not current.groups:
        last = {lead.id: lead for lead in _latest_leads(show)}
        last_board = board_of((), (), BoardData(leads=last, messages={}, me=found.rep.id, now=now))
        current = Board(anonymous=current.anonymous, last=last_board.last)
    if show != filters.EVERYONE:
        current = replace(current, anonymous=0)
    names = EventNames(messages=messages, shares={}, reps={rep.id: rep for rep in store.reps.all()}, me=found.rep.id)
    sees_all = found.scope is None and show == filters.EVERYONE
    return {
        "board": current,
        "clocks": clocks_of(keep),
        "groups": _GROUPS,
        "show": show,
        "filters": filters.FILTERS,
        "recent": recent_visits(keep, request.args.get("cursor") or None),
        "summary": "" if current.on_site else day_summary(keep, with_anonymous=sees_all),
        "machines": _automatic(events, leads, names),
        "lag": current_lag(deps()),
        "is_live": is_live,
        "hot": found.workspace.policy.hot_score,
        "reps": names.reps,
        "watching": watching(),
    }


def _latest_leads(show: str) -> Sequence[Lead]:
    user = current_user()
    query = LeadQuery(visible_to=user.scope, owner=user.rep.id if show == "mine" else None, test=filters.test(show))
    return workspace_store().leads.page(query, sort="-last_seen", limit=5).items


def _automatic(events: Iterable[Event], leads: Mapping[str, Lead], names: EventNames) -> list[AutomaticRequest]:
    """The latest automatic requests about leads that are shown."""
    found = [(event, lead) for event in events if not event.stands and (lead := leads.get(event.lead or ""))]
    return [AutomaticRequest(event, lead, sentence_of(event, names), automatic_reason(event, names)) for event, lead in found[:30]]
