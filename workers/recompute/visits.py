"""Rebuilding the visits of recomputed visitors. Called by workers.recompute.visitors."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event
from tracker.domain.activity.visit import Dwell, Visit
from tracker.domain.activity.visitor import Visitor
from tracker.rules.identity import spans
from tracker.rules.visits import visits_of
from tracker.store.store import WorkspaceStore
from workers.recompute.identity import IdentityDecisions
from workers.recompute.visit_history import Range, VisitHistory


@dataclass(frozen=True, slots=True)
class RebuiltEvents:
    """The events of the rebuilt visits."""

    events: list[Event]
    """As they are now."""
    rebound: list[Event]
    """Those that were bound to another lead, as they were."""


def rebuild_visits(
    deps: Deps, store: WorkspaceStore, ranges: dict[str, Range], identity: IdentityDecisions, beginning: datetime
) -> RebuiltEvents:
    """Replaces the visits that events within the ranges belong to."""
    history = VisitHistory(store, beginning)
    history.read_all(ranges)
    rebound = _rebind(deps, store, history.events, identity)
    events = list(history.events.values())
    landings = store.events.by_ids({e.landing for e in events if e.landing} - identity.clicks.keys())
    clicks = identity.clicks | {event.id: event for event in landings}
    unsealed = [event for event in events if event.id not in history.sealed]
    store.visits.replace(history.visits.values(), _visits(unsealed, history.dwells, clicks, identity))
    return RebuiltEvents(events, rebound)


def _rebind(deps: Deps, store: WorkspaceStore, events: dict[str, Event], identity: IdentityDecisions) -> list[Event]:
    """Binds events that the drain stored under the former lead of a visitor while the visitor was rebound; as they were.

    Their former leads are marked first: once the events are bound, nothing else says that those leads must be recomputed.
    """
    known = identity.visitors
    misbound = [e for e in events.values() if e.visitor in known and (e.lead, e.reader) != _owner(known[e.visitor], e)]
    if misbound:
        deps.store.dirty.mark_many((store.workspace, "lead", event.lead, event.at) for event in misbound if event.lead)
        names = {event.visitor for event in misbound if event.visitor}
        store.events.bind({name: spans(known[name].bindings) for name in names})
        for event in misbound:
            lead, reader = _owner(known[event.visitor or ""], event)
            events[event.id] = msgspec.structs.replace(event, lead=lead, reader=reader)
    return misbound


def _owner(visitor: Visitor, event: Event) -> tuple[str | None, str | None]:
    """The lead and the reader of the visitor's event."""
    return visitor.lead_at(event.at), visitor.reader_at(event.at)


def _visits(
    events: list[Event], dwells: dict[tuple[str, str], Dwell], clicks: dict[str, Event], identity: IdentityDecisions
) -> list[Visit]:
    by_visitor: dict[str, list[Event]] = {}
    for event in events:
        by_visitor.setdefault(event.visitor or "", []).append(event)
    found = []
    for name, own in by_visitor.items():
        visitor = identity.visitors.get(name)
        found += visits_of(own, dwells, clicks, forwarded=visitor.forwarded if visitor else False)
    return found
