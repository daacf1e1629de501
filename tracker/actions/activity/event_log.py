"""Recording events by reps and programs: stored in the lead's timeline, published to open consoles, the lead marked dirty."""

import logging
from collections.abc import Mapping
from datetime import datetime

import redis

from tracker.actions.deps import Deps
from tracker.domain.activity.event import Event, EventKind
from tracker.live_bus import event_payload
from tracker.rules.verdicts.first import RECORDED

log = logging.getLogger(__name__)


def record(
    deps: Deps,
    workspace: str,
    event: str,
    kind: EventKind,
    *,
    lead: str,
    at: datetime,
    message: str | None = None,
    rep: str | None = None,
    text: str | None = None,
    title: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> bool:
    """Stores the event once, marks the lead dirty and publishes the event. False if it was recorded before."""
    found = Event(
        id=event,
        workspace=workspace,
        kind=kind,
        at=at,
        received=deps.now(),
        verdict=RECORDED,
        lead=lead,
        message=message,
        rep=rep,
        text=text,
        title=title,
        fields=dict(fields or {}),
    )
    is_new = deps.store.of(workspace).events.add(found)
    changed(deps, workspace, lead, at)
    if is_new:
        publish_event(deps, found)
    return is_new


def changed(deps: Deps, workspace: str, lead: str, at: datetime | None = None) -> None:
    """Marks the lead to be recomputed because of a change at `at` (default: now)."""
    deps.store.dirty.mark(workspace, lead, [at or deps.now()])
    deps.wake.live()


def publish_event(deps: Deps, event: Event) -> None:
    """Publishes an event to open consoles. A hint: without Redis nothing is lost."""
    try:
        deps.bus.publish(event.workspace, event_payload(event))
    except redis.RedisError as error:
        log.warning("event not published", extra={"error": type(error).__name__})
