"""Sweeps: what finds work without Redis. A table of periodic tasks, run by workers.periodic.schedule; each is safe to repeat."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis

from tracker.actions.deps import Deps
from tracker.actions.mail.sending import fail_stuck
from tracker.domain.leads.lead import Lead
from workers.periodic.alarms import Watch
from workers.periodic.gauges import measure
from workers.periodic.retention import Retention
from workers.recompute.run import claim, recount_marks

log = logging.getLogger(__name__)

_AT_ONCE = 50
_GONE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One periodic task: its name, its period, what it does with the time that is now."""

    name: str
    every: timedelta
    run: Callable[[Deps, datetime], None]
    is_everywhere: bool = False
    """Whether each instance runs it, also while the store, and so the lease, is away."""


def recount_left_over(deps: Deps, now: datetime) -> None:
    """Recounts marks that no wake-up reached: Redis was emptied, a worker died, a lease lapsed."""
    parked = deps.store.dirty.park_hopeless(now)
    if parked:
        log.error("recounts parked after three tries", extra={"marks": parked})
    for lane in ("live", "bulk"):
        left = claim(deps, lane, ("visitor", "lead"), _AT_ONCE, marked_before=now - timedelta(seconds=3))
        if left:
            recount_marks(deps, left)
            (deps.wake.live if lane == "live" else deps.wake.bulk)()


def wake_notifier(deps: Deps, now: datetime) -> None:
    """Tries that are due now: the next ones of failed deliveries, and rows whose wake-up got lost."""
    if deps.store.delivery_queue.is_due(now):
        deps.wake.notify()


def forget_gone(deps: Deps, now: datetime) -> None:
    """Takes visitors off the live view who left half an hour ago."""
    edge = round((now - _GONE).timestamp() * 1000)
    for workspace in deps.store.workspaces.all():
        try:
            gone = [row["visitor"] for row in deps.bus.presence(workspace.id) if row["last"] < edge]
            deps.bus.forget_presence(workspace.id, gone)
        except (redis.RedisError, OSError):
            return


def rescore(deps: Deps, now: datetime) -> None:
    """Scores fade with time: leads with points that were not counted for a day are counted again, in the bulk lane."""
    for workspace in deps.store.workspaces.all():
        leads: list[Lead] = deps.store.of(workspace.id).leads.scored_before(now - timedelta(days=1), limit=2000)
        deps.store.dirty.mark_many([(workspace.id, "lead", lead.id, now) for lead in leads], queue="bulk")
    deps.wake.bulk()


def give_up_sending(deps: Deps, now: datetime) -> None:
    """Messages whose sender died while the mail server was taking them: failed, so that a rep decides."""
    del now
    for workspace in deps.store.workspaces.all():
        stuck = fail_stuck(deps, workspace.id)
        if stuck:
            log.warning("messages stuck in sending", extra={"workspace": workspace.id, "messages": stuck})


SWEEPS = (
    Sweep("measure", timedelta(seconds=5), measure, is_everywhere=True),
    Sweep("watch", timedelta(seconds=15), Watch().run),
    Sweep("recount_left_over", timedelta(seconds=3), recount_left_over),
    Sweep("wake_notifier", timedelta(seconds=1), wake_notifier),
    Sweep("forget_gone", timedelta(minutes=1), forget_gone),
    Sweep("give_up_sending", timedelta(minutes=1), give_up_sending),
    Sweep("rescore", timedelta(minutes=10), rescore),
    Sweep("forget_old_events", timedelta(minutes=10), Retention().run),
)
