"""Scored: how many events a second one worker turns into visits, scores and alerts; and how many the drain takes in."""

import time
from collections.abc import Callable
from datetime import timedelta

from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset
from bench.targets.backends import Backstage, backstage
from tracker.spool.file import write_file

LEADS, QUICK_LEADS, EVENTS_EACH, AGENTS = 2_000, 500, 10, 2_000
_AGO = timedelta(seconds=65)
_PATIENCE_SECONDS = 180
_LOOK_SECONDS = 0.02


class Unfinished(RuntimeError):
    """The work did not end in time."""


def run(plan: Plan) -> None:
    """Events a second of one drain, then of one worker; ten events of each lead"""
    leads = QUICK_LEADS if plan.is_quick else LEADS
    drained, scored, cpu = [], [], []
    with backstage(plan.place("scored"), plan.port(6)) as stage:
        for _ in range(plan.rounds):
            drained.append(_drain(stage, leads))
            rate, seconds = _score(stage, leads * EVENTS_EACH)
            scored.append(rate)
            cpu.append(seconds / (leads * EVENTS_EACH) * 1e6)
    plan.add(Row(case="scored", what=f"drain, {leads} leads", unit="events/s", values=drained))
    more = {"leads": leads, "events_each": EVENTS_EACH, "worker_cpu_us_per_event": cpu}
    plan.add(Row(case="scored", what=f"one worker, {leads} leads", unit="events/s", values=scored, bar=Bar("≥", 3_000), more=more))


def _drain(stage: Backstage, leads: int) -> float:
    deps = stage.deps
    people = dataset.invite(deps, leads)
    captures = dataset.stories(people, dataset.agents(AGENTS), deps.now() - _AGO)
    had = deps.store.database.events.estimated_document_count()
    write_file(deps.settings.spool_dir, captures)
    begun = time.monotonic()
    with stage.process("drain", "workers.drain.process"):
        wait(lambda: bool(deps.store.database.events.estimated_document_count() > had), "the drain does not begin")
        first, begun = deps.store.database.events.estimated_document_count() - had, time.monotonic()
        wait(lambda: deps.store.database.events.estimated_document_count() - had >= len(captures), "the drain does not end")
        took = time.monotonic() - begun
        wait(lambda: not list(deps.settings.spool_dir.glob("*.db")), "the spool is not empty")
    kept = deps.store.database.events.count_documents({"w": bytes.fromhex(people.workspace)})
    if kept != len(captures):
        raise Unfinished(f"{len(captures):,} rows in the spool, {kept:,} events")
    return (len(captures) - first) / took


def _score(stage: Backstage, events: int) -> tuple[float, float]:
    """Events a second from the wake-up until no mark is left, and the worker's processor seconds."""
    # By the collection's own count: grouping thousands of marks at every look would cost the server more than the worker does.
    marks = stage.deps.store.database.dirty
    stage.deps.redis.flushdb()
    with stage.process("live", "workers.main", "live") as worker:
        wait(lambda: bool(stage.deps.redis.scard("rq:workers")), "the worker does not start")
        time.sleep(0.3)
        cpu, begun = worker.cpu_seconds(), time.monotonic()
        stage.deps.wake.live()
        wait(lambda: not marks.estimated_document_count(), "marks are left")
        return events / (time.monotonic() - begun), worker.cpu_seconds() - cpu


def wait(is_so: Callable[[], bool], otherwise: str, seconds: float = _PATIENCE_SECONDS) -> None:
    """Looks until it is so. Raises Unfinished."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise Unfinished(otherwise)
        time.sleep(_LOOK_SECONDS)
