"""Recomputing visitors: the lead each belongs to, and its visits. Called by workers.recompute.batch, before the leads."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import redis

from tracker.actions.deps import Deps
from tracker.base.clock import from_ms
from tracker.domain.activity.event import Event
from tracker.domain.activity.presence import Presence
from tracker.domain.activity.visitor import Visitor
from tracker.domain.privacy.withdrawn import WithdrawnKind
from tracker.store.store import WorkspaceStore
from workers.recompute.identity import IdentityDecisions, decide_identities
from workers.recompute.visit_history import BEGINNING, END, Range
from workers.recompute.visitor_changes import VisitorChanges
from workers.recompute.visits import rebuild_visits


def recompute_visitors(deps: Deps, store: WorkspaceStore, marked: Mapping[str, Range], sealed: datetime | None = None) -> VisitorChanges:
    """Decides the identity of the marked visitors again and rebuilds their visits in the marked time ranges.

    Visits that began before `sealed` stay as they are: their events may be deleted.
    """
    beginning = sealed or BEGINNING
    ranges = {name: (max(start, beginning), max(end, beginning)) for name, (start, end) in marked.items()}
    if not ranges:
        return VisitorChanges()
    identity = decide_identities(store, ranges)
    for visitor in identity.rebound:
        ranges[visitor] = (beginning, END)
    rebuilt = rebuild_visits(deps, store, ranges, identity, beginning)
    concerned = _leads_of([*rebuilt.events, *rebuilt.rebound], ranges)
    for former in identity.rebound.values():
        for binding in former.bindings:
            concerned[binding.lead] = min(concerned.get(binding.lead, END), BEGINNING)
    _publish(deps, store.workspace, identity, _landings(rebuilt.events, ranges, identity))
    rebound = {name: identity.visitors[name] for name in identity.rebound}
    _withdraw(deps, store, rebound)
    return VisitorChanges(concerned, rebound, set(identity.stored), set(identity.visitors))


def _withdraw(deps: Deps, store: WorkspaceStore, rebound: Mapping[str, Visitor]) -> None:
    """Lists browsers that turned out to be those of leads who refused tracking before. See actions.privacy.recording."""
    leads = {name: visitor.bindings[-1].lead for name, visitor in rebound.items() if visitor.bindings and not visitor.bindings[-1].reader}
    refusing = store.leads.refusing(set(leads.values()))
    found = [(WithdrawnKind.VISITOR, name) for name, lead in leads.items() if lead in refusing]
    deps.store.withdrawn.put(store.workspace, found, deps.now())


def _leads_of(events: list[Event], ranges: dict[str, Range]) -> dict[str, datetime]:
    """The leads that these events belong to, each with the start of what was marked (or its first event, if later)."""
    concerned: dict[str, datetime] = {}
    for event in events:
        if event.lead and event.visitor in ranges:
            start = max(ranges[event.visitor][0], event.at) if ranges[event.visitor][0] == BEGINNING else ranges[event.visitor][0]
            concerned[event.lead] = min(concerned.get(event.lead, END), start)
    return concerned


def _landings(events: list[Event], ranges: dict[str, Range], identity: IdentityDecisions) -> dict[str, Event | None]:
    """The last click by visitor, for visitors that landed within their range or whose bindings changed."""
    found: dict[str, Event | None] = dict.fromkeys(identity.rebound)
    for name in identity.rebound:
        binding = identity.visitors[name].bindings[-1:]
        found[name] = identity.clicks.get(binding[0].click) if binding else None
    for event in sorted(events, key=lambda event: event.order):
        start, end = ranges.get(event.visitor or "", (END, END))
        if event.visitor and event.landing and start <= event.at <= end and event.landing in identity.clicks:
            found[event.visitor] = identity.clicks[event.landing]
    return found


def _hidden(state: Presence) -> Presence:
    """A rep's own browser is on the site for no lead, and for the live view it has left."""
    return msgspec.structs.replace(state, lead=None, message=None, state="left")


def _publish(deps: Deps, workspace: str, identity: IdentityDecisions, landings: dict[str, Event | None]) -> None:
    """Publishes the lead of each visitor on the site, and the message that brought it, as soon as both are known."""
    try:
        states = deps.bus.presence_of(workspace, sorted(landings))
        changed: dict[str, Presence] = {}
        for name, state in states.items():
            if identity.visitors[name].is_own_at(from_ms(state.last)):
                changed |= {name: _hidden(state)} if _hidden(state) != state else {}
                continue
            binding, click = identity.visitors[name].bindings[-1:], landings[name]
            lead, reader = (binding[0].lead, binding[0].reader) if binding else (None, None)
            message = click.message if click and binding else None
            if (lead, message, reader) != (state.lead, state.message, state.reader):
                changed[name] = msgspec.structs.replace(state, lead=lead, message=message, reader=reader)
        deps.bus.set_presence(workspace, changed)
        if changed:
            deps.bus.publish_many(workspace, list(changed.values()))
    except (redis.RedisError, OSError):
        return
