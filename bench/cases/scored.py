"""Scored: events per second of one worker (visits, scores, alerts), and of the drain."""

import time
from collections.abc import Callable
from datetime import timedelta

from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset
from bench.targets.backends import Backends, running_backends
from tracker.spool.file import write_file

LEADS, QUICK_LEADS, EVENTS_EACH, AGENTS = 2_000, 500, 10, 2_000
_AGO = timedelta(seconds=65)
_TIMEOUT_SECONDS = 180
_POLL_SECONDS = 0.02


class Unfinished(RuntimeError):
    """The work did not finish in time."""


def run(plan: Plan) -> None:
    """Events per second of one drain, then of one worker; ten events per lead"""
    leads = QUICK_LEADS if plan.is_quick else LEADS
    drained, scored, cpu = [], [], []
    with running_backends(plan.case_folder("scored"), plan.port(6)) as backends:
        for _ in range(plan.rounds):
            drained.append(_drain(backends, leads))
            rate, seconds = _score(backends, leads * EVENTS_EACH)
            scored.append(rate)
            cpu.append(seconds / (leads * EVENTS_EACH) * 1e6)
    plan.add(Row(case="scored", what=f"drain, {leads} leads", unit="events/s", values=drained))
    more = {"leads": leads, "events_each": EVENTS_EACH, "worker_cpu_us_per_event": cpu}
    plan.add(Row(case="scored", what=f"one worker, {leads} leads", unit="events/s", values=scored, bar=Bar("≥", 3_000), more=more))


def _drain(backends: Backends, leads: int) -> float:
    deps = backends.deps
    recipients = dataset.make(deps, leads)
    captures = dataset.captures(recipients, dataset.agents(AGENTS), deps.now() - _AGO)
    had = deps.store.database.events.estimated_document_count()
    write_file(deps.settings.spool_dir, captures)
    begun = time.monotonic()
    with backends.process("drain", "workers.drain.process"):
        wait(lambda: bool(deps.store.database.events.estimated_document_count() > had), "the drain does not start")
        first, begun = deps.store.database.events.estimated_document_count() - had, time.monotonic()
        wait(lambda: deps.store.database.events.estimated_document_count() - had >= len(captures), "the drain does not finish")
        took = time.monotonic() - begun
        wait(lambda: not list(deps.settings.spool_dir.glob("*.db")), "the spool is not empty")
    kept = deps.store.database.events.count_documents({"w": bytes.fromhex(recipients.workspace)})
    if kept != len(captures):
        raise Unfinished(f"{len(captures):,} rows in the spool, {kept:,} events")
    return (len(captures) - first) / took


def _score(backends: Backends, events: int) -> tuple[float, float]:
    """Events per second from the wake-up until no dirty mark is left, and the worker's CPU seconds."""
    # The collection's own count: grouping thousands of marks at every poll would cost more than the worker itself.
    marks = backends.deps.store.database.dirty
    backends.deps.redis.flushdb()
    with backends.process("live", "workers.main", "live") as worker:
        wait(lambda: bool(backends.deps.redis.scard("rq:workers")), "the worker does not start")
        time.sleep(0.3)
        cpu, begun = worker.cpu_seconds(), time.monotonic()
        backends.deps.wake.live()
        wait(lambda: not marks.estimated_document_count(), "dirty marks are left")
        return events / (time.monotonic() - begun), worker.cpu_seconds() - cpu


def wait(condition: Callable[[], bool], otherwise: str, seconds: float = _TIMEOUT_SECONDS) -> None:
    """Polls until the condition holds. Raises Unfinished."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Unfinished(otherwise)
        time.sleep(_POLL_SECONDS)
