"""Automatic traffic of a workspace: numbers and events of what does not count, for what a viewer may see. Used by console and API.

Bounded: of a longer period, only the latest 20,000 events are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event
from tracker.rules.automatic_traffic import TrafficFilter, TrafficSummary, matches, summed_up
from tracker.rules.visibility import Viewer, may_see

MOST_EVENTS = 20_000
"""Events that are read."""

Position = tuple[datetime, str]
"""Time and id of an event."""


@dataclass(frozen=True, slots=True)
class AutomaticTraffic:
    """The numbers of a period, and one page of the events that do not count, newest first."""

    since: datetime
    """The beginning of the period, or the time of the oldest event that was read."""
    is_complete: bool
    """Whether all events of the period were read."""
    summary: TrafficSummary
    events: list[Event]
    next: Position | None
    """The last event of the page, if there are more."""


def automatic_traffic(
    deps: Deps,
    viewer: Viewer,
    *,
    days: int,
    wanted: TrafficFilter,
    before: Position | None = None,
    limit: int = 50,
    most: int = MOST_EVENTS,
) -> AutomaticTraffic:
    """The traffic of the last `days`. The numbers are of the whole period; `wanted` and `before` narrow the list."""
    store = deps.store.of(viewer.workspace.id)
    start = deps.now() - timedelta(days=days)
    read = store.events.outlines(start, limit=most)
    contacts = store.leads.contacts({event.lead for event in read if event.lead})
    seen = [event for event in read if may_see(viewer, contacts.get(event.lead or ""))]
    addresses = {lead: contact.email for lead, contact in contacts.items()}
    page, rest = _page((event for event in seen if matches(event, wanted)), before, limit)
    is_complete = len(read) < most
    return AutomaticTraffic(
        since=start if is_complete else read[-1].at,
        is_complete=is_complete,
        summary=summed_up(seen, addresses, deps.networks),
        events=sorted(store.events.by_ids(event.id for event in page), key=lambda event: event.order, reverse=True),
        next=(page[-1].at, page[-1].id) if rest else None,
    )


def _page(events: Iterable[Event], before: Position | None, limit: int) -> tuple[list[Event], list[Event]]:
    """The page of events (newest first) that follow `before`, and the rest."""
    following = [event for event in events if before is None or (event.at, event.id) < before]
    return following[:limit], following[limit:]
