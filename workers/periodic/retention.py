"""Retention: deletes old events day by day, in workspaces that limit how long events are kept. One of the sweeps.

A day is sealed once it is older than the limit and nothing before its end is left to recompute. Day facts, visits, scores,
stages and alerts of sealed days no longer change (`Workspace.sealed_before`). Opens, clicks and page events are deleted, with
the dwell of their pages. A click that a browser followed to a site stays, without address and agent. Events of people stay: emails sent,
notes, calls, opt-outs.
"""

import logging
from datetime import datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_each
from tracker.actions.reports.event_counts import count_pending
from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.workspace.workspace import Workspace
from tracker.store.reports.event_days import FORGOTTEN
from tracker.store.store import WorkspaceStore

log = logging.getLogger(__name__)

_AT_ONCE = 1000
_BATCHES = 50
"""Batches of a workspace in one run at most, so that other sweeps do not wait for long."""


class Retention:
    """Remembers its position, so that kept clicks are not read again before the next day is sealed."""

    def __init__(self) -> None:
        self._positions: dict[str, tuple[datetime, datetime | None]] = {}

    def run(self, deps: Deps, now: datetime) -> None:
        """Deletes some more events in each workspace. Safe to repeat."""
        in_each(deps.store.workspaces.with_retention(), lambda one: self._run_in(deps, one, now))

    def _run_in(self, deps: Deps, workspace: Workspace, now: datetime) -> None:
        limit = _limit(workspace, now)
        if limit is not None and self._is_sealed(deps, workspace, limit):
            self._forget(deps.store.of(workspace.id), limit)

    def _is_sealed(self, deps: Deps, workspace: Workspace, limit: datetime) -> bool:
        if workspace.sealed_before is not None and workspace.sealed_before >= limit:
            return True
        day = limit.astimezone(zone_of(workspace.timezone)).date().isoformat()
        if workspace.sealed_day is not None and day <= workspace.sealed_day:
            return False  # the workspace changed its time zone: later events count for the sealed day until it is over
        if deps.store.dirty.reaches_back(workspace.id, limit):
            log.info("days are not sealed: marks are waiting", extra={"workspace": workspace.id})
            return False
        count_pending(deps, workspace)  # of events that are about to be deleted
        deps.store.workspaces.change(workspace.id, sealed_before=limit, sealed_day=day)
        return False  # deleted in the next run: a recompute under way has read the workspace as it was

    def _forget(self, store: WorkspaceStore, limit: datetime) -> None:
        known, after = self._positions.get(store.workspace, (limit, None))
        if known != limit:
            after = None
        gone = 0
        for _ in range(_BATCHES):
            events = store.events.between(after, limit, FORGOTTEN, limit=_AT_ONCE)
            gone += _forget_events(store, events)
            after = events[-1].at if events else after
            if len(events) < _AT_ONCE:
                break
        self._positions[store.workspace] = (limit, after)
        if gone:
            log.info("events deleted", extra={"workspace": store.workspace, "events": gone})


def _limit(workspace: Workspace, now: datetime) -> datetime | None:
    """The midnight, in the workspace's time zone, from which events are kept; None: all are kept."""
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
    store.events.forget(event.id for event in gone)
    return len(gone)
