"""Recording what a rep or another program did: an event in the lead's timeline, the lead marked dirty, consoles told."""

import logging
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
) -> bool:
    """Adds the event once, has the lead recounted, tells open consoles; false if it was recorded before."""
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
    )
    is_new = deps.store.of(workspace).events.add(found)
    changed(deps, workspace, lead, at)
    if is_new:
        publish_event(deps, found)
    return is_new


def changed(deps: Deps, workspace: str, lead: str, at: datetime | None = None) -> None:
    """Has the lead recounted: something from `at` on (now, if empty) is no longer as it was."""
    deps.store.dirty.mark(workspace, lead, [at or deps.now()])
    deps.wake.live()


def publish_event(deps: Deps, event: Event) -> None:
    """Tells open consoles of an event. A hint: with Redis away nothing is lost."""
    try:
        deps.bus.publish(event.workspace, event_payload(event))
    except redis.RedisError as error:
        log.warning("event not published", extra={"error": type(error).__name__})
