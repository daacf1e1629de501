"""Presence: where visitors are on the site now, sent to open consoles at once. A hint in Redis. Called by workers.drain.process."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tracker.base.clock import from_ms, to_ms
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.presence import Presence
from tracker.domain.activity.visitor import Visitor
from tracker.domain.live_message import LiveMessage
from tracker.live_bus import Bus, event_payload

Moment = tuple[int, Event | Capture]

_MOST_EVENTS = 250
"""The newest events of one batch and workspace that are published: a larger batch follows a rush or an outage, and MongoDB has all."""


def publish(bus: Bus, events: Iterable[Event], beats: Iterable[Capture], visitors: dict[tuple[str, str], Visitor]) -> None:
    """Publishes new events, and where their visitors are now. Raises redis.RedisError."""
    moments: dict[str, list[Moment]] = {}
    new: dict[str, list[Event]] = {}
    for event in events:
        new.setdefault(event.workspace, []).append(event)
        if event.visitor and event.stands and not _is_rep(visitors, event.workspace, event.visitor, event.at):
            moments.setdefault(event.workspace, []).append((to_ms(event.at), event))
    for beat in beats:
        if _is_rep(visitors, beat.workspace, beat.visitor, from_ms(beat.at)):
            continue
        moments.setdefault(beat.workspace, []).append((beat.at, beat))
    for workspace in {*moments, *new}:
        changed = _presences(bus, workspace, moments.get(workspace, []), visitors)
        bus.set_presence(workspace, changed)
        messages: list[LiveMessage] = [event_payload(event) for event in new.get(workspace, [])[-_MOST_EVENTS:]]
        bus.publish_many(workspace, [*messages, *changed.values()])


def _is_rep(visitors: dict[tuple[str, str], Visitor], workspace: str, visitor: str | None, at: datetime) -> bool:
    """Whether the browser is a rep's own, which the live view does not show."""
    known = visitors.get((workspace, visitor or ""))
    return known is not None and known.is_own_at(at)


def _presences(bus: Bus, workspace: str, moments: list[Moment], visitors: dict[tuple[str, str], Visitor]) -> dict[str, Presence]:
    names = sorted({str(m.visitor) for _, m in moments})
    known = bus.presence_of(workspace, names)
    for at, moment in sorted(moments, key=lambda pair: pair[0]):
        visitor = str(moment.visitor)
        state = _after(known.get(visitor) or Presence(visitor=visitor, since=at, last=at), at, moment)
        bound = visitors.get((workspace, visitor))
        binding = bound.binding_at(from_ms(at)) if bound else None
        known[visitor] = msgspec.structs.replace(state, lead=binding.lead, reader=binding.reader) if binding else state
    return {visitor: known[visitor] for visitor in names}


def _after(state: Presence, at: int, moment: Event | Capture) -> Presence:
    """The state after one more sign of activity; signs older than the last change nothing."""
    if isinstance(moment, Event):
        return _after_event(state, at, moment)
    if at < state.last and moment.page == state.page:
        return state
    if moment.page != state.page:
        return state if moment.kind is CaptureKind.LEAVE or at <= state.last or not moment.url else _moved(state, at, moment)
    if moment.title is not None and at >= state.last:
        state = msgspec.structs.replace(state, url=moment.url or state.url, title=moment.title or state.title)
    active = max(moment.active_ms or 0, state.active_ms)
    is_active = active > state.active_ms or (active == 0 and bool(moment.inputs))  # the first input is reported before any active time
    name = "left" if moment.kind is CaptureKind.LEAVE else "active" if is_active else "idle"
    return msgspec.structs.replace(state, last=at, state=name, active_ms=active, scroll=max(moment.scroll or 0, state.scroll))


def _after_event(state: Presence, at: int, event: Event) -> Presence:
    last = max(state.last, at)
    if at < state.since or event.kind is not EventKind.VIEW:
        return msgspec.structs.replace(state, last=last)
    return msgspec.structs.replace(
        state, page=event.page, url=event.url, title=event.title, since=at, active_ms=0, scroll=0, last=last, state="active"
    )


def _moved(state: Presence, at: int, beat: Capture) -> Presence:
    """Another tab of the same browser came to the front."""
    return msgspec.structs.replace(
        state,
        page=beat.page,
        url=beat.url,
        title=beat.title or None,
        since=at - (beat.active_ms or 0),
        last=at,
        state="active",
        active_ms=beat.active_ms or 0,
        scroll=beat.scroll or 0,
    )
