"""Presence: who is on the site now, told to consoles at once. A hint in Redis. Called by workers.drain.process and workers.recompute.run."""

from collections.abc import Iterable
from typing import Any

from tracker.base.clock import from_ms, to_ms
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visitor import Visitor
from tracker.live_bus import Bus, event_data

Presence = dict[str, Any]
Moment = tuple[int, Event | Capture]

_MOST_TOLD = 250
"""Of a batch so large, in a rush or after a pause of the store, nobody reads more than the newest; the store has all."""


def tell(bus: Bus, events: Iterable[Event], beats: Iterable[Capture], visitors: dict[tuple[str, str], Visitor]) -> None:
    """Publishes new events, and where their visitors are now. Raises redis.RedisError."""
    moments: dict[str, list[Moment]] = {}
    news: dict[str, list[Event]] = {}
    for event in events:
        news.setdefault(event.workspace, []).append(event)
        if event.visitor and event.stands:
            moments.setdefault(event.workspace, []).append((to_ms(event.at), event))
    for beat in beats:
        moments.setdefault(beat.workspace, []).append((beat.at, beat))
    for workspace in {*moments, *news}:
        changed = _presences(bus, workspace, moments.get(workspace, []), visitors)
        bus.set_presence(workspace, changed)
        told = [("event", event_data(event)) for event in news.get(workspace, [])[-_MOST_TOLD:]]
        bus.publish_many(workspace, told + [("presence", state) for state in changed.values()])


def _presences(bus: Bus, workspace: str, moments: list[Moment], visitors: dict[tuple[str, str], Visitor]) -> dict[str, Presence]:
    names = sorted({str(m.visitor) for _, m in moments})
    known = bus.presence_of(workspace, names)
    for at, moment in sorted(moments, key=lambda pair: pair[0]):
        visitor = str(moment.visitor)
        state = known.get(visitor) or _unknown(visitor, at)
        bound = visitors.get((workspace, visitor))
        lead = bound.lead_at(from_ms(at)) if bound else None
        known[visitor] = _after(state, at, moment) | ({"lead": lead} if lead else {})
    return {visitor: known[visitor] for visitor in names}


def _unknown(visitor: str, at: int) -> Presence:
    return dict.fromkeys(("lead", "page", "url", "title", "message")) | {
        "visitor": visitor,
        "since": at,
        "last": at,
        "state": "active",
        "active_ms": 0,
        "scroll": 0,
    }


def _after(state: Presence, at: int, moment: Event | Capture) -> Presence:
    """The state after one more sign of life; signs older than the last change nothing."""
    if isinstance(moment, Event):
        if at < state["since"] or moment.kind is not EventKind.VIEW:
            return {**state, "last": max(state["last"], at)}
        fresh = {"page": moment.page, "url": moment.url, "title": moment.title, "since": at, "active_ms": 0, "scroll": 0}
        return {**state, **fresh, "last": max(state["last"], at), "state": "active"}
    if at < state["last"] and moment.page == state["page"]:
        return state
    if moment.page != state["page"]:
        return state if moment.kind is CaptureKind.LEAVE or at <= state["last"] or not moment.url else _moved(state, at, moment)
    active = max(moment.active_ms or 0, state["active_ms"])
    mood = "left" if moment.kind is CaptureKind.LEAVE else "active" if active > state["active_ms"] else "idle"
    return {**state, "last": at, "state": mood, "active_ms": active, "scroll": max(moment.scroll or 0, state["scroll"])}


def _moved(state: Presence, at: int, beat: Capture) -> Presence:
    """Another tab of the same browser came to the front."""
    fresh = {"page": beat.page, "url": beat.url, "title": beat.title or None, "since": at - (beat.active_ms or 0)}
    return {**state, **fresh, "last": at, "state": "active", "active_ms": beat.active_ms or 0, "scroll": beat.scroll or 0}
