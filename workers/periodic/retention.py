"""Retention: what leads did long ago is forgotten in detail, day by day, where a workspace asks for it. One of the sweeps.

A day is sealed once it is older than the workspace keeps events, and nothing is left to recount before its end. Day facts, visits,
scores, stages and alerts of sealed days stay as they are for good (`Workspace.sealed_before` stops recounts there); opens, clicks
and page events go, and the dwell of their pages. A click that tells whose a browser is stays without address and agent, as does
what people did: mails sent, notes, calls, opt-outs.
"""

import logging
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.text import zone_of
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)

FORGOTTEN = (EventKind.OPEN, EventKind.CLICK, EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD)
_AT_ONCE = 1000
_BATCHES = 50
"""At most so many batches of a workspace in one run, so that nothing else waits for long."""


class Retention:
    """Remembers how far it has come, so that the clicks it keeps are not looked at again before the next day is sealed."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[datetime, datetime | None]] = {}

    def run(self, deps: Deps, now: datetime) -> None:
        """Forgets some more in each workspace. Safe to repeat."""
        for workspace in deps.store.workspaces.all():
            limit = _limit(workspace, now)
            if limit is not None and self._is_sealed(deps, workspace, limit):
                self._forget(deps.store.of(workspace.id), limit)

    def _is_sealed(self, deps: Deps, workspace: Workspace, limit: datetime) -> bool:
        if workspace.sealed_before is not None and workspace.sealed_before >= limit:
            return True
        day = limit.astimezone(zone_of(workspace.timezone)).date().isoformat()
        if workspace.sealed_day is not None and day <= workspace.sealed_day:
            return False  # another zone now: what happened since the seal counts for that day until it is over
        if deps.store.dirty.reaches_back(workspace.id, limit):
            log.info("days are not sealed yet: recounts are left", extra={"workspace": workspace.id})
            return False
        deps.store.workspaces.change(workspace.id, sealed_before=limit, sealed_day=day)
        return False  # the next run: a recount that is under way has read its workspace as it was

    def _forget(self, store: WorkspaceStore, limit: datetime) -> None:
        known, after = self._places.get(store.workspace, (limit, None))
        if known != limit:
            after = None
        gone = 0
        for _ in range(_BATCHES):
            events = store.events.between(after, limit, FORGOTTEN, limit=_AT_ONCE)
            gone += _forget_events(store, events)
            after = events[-1].at if events else after
            if len(events) < _AT_ONCE:
                break
        self._places[store.workspace] = (limit, after)
        if gone:
            log.info("events forgotten", extra={"workspace": store.workspace, "events": gone})


def _limit(workspace: Workspace, now: datetime) -> datetime | None:
    """The first midnight from which events are kept, in the workspace's zone."""
    days = workspace.policy.keep_events_days
    if days is None:
        return None
    local = (now - timedelta(days=days)).astimezone(zone_of(workspace.timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)


def _forget_events(store: WorkspaceStore, events: list[Event]) -> int:
    clicks = [event.id for event in events if event.kind is EventKind.CLICK and event.is_from_mail]
    kept = {claim.click for claim in store.claims.on_clicks(clicks)} if clicks else set()
    gone = [event for event in events if event.id not in kept]
    store.dwell.remove((event.visitor, event.page) for event in gone if event.visitor and event.page)
    store.events.strip(event.id for event in events if event.id in kept and (event.address or event.agent))
    store.events.remove_many(event.id for event in gone)
    return len(gone)
