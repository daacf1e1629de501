"""Burst: throughput of the edge while nothing drains, compared with a bare server of the same configuration in the same round."""

import contextlib

from bench.load import requests as asked
from bench.load import rounds, wrk
from bench.load.rounds import Subject
from bench.plan import Plan
from bench.report import Bar
from bench.targets import servers
from bench.targets.servers import EdgeServer
from tracker.base.ids import id_of

MESSAGES = 2_000
_BARS = {"pixel": (0.70, 0.60), "click": (0.70, 0.60), "collect": (0.5, 0.5)}


def run(plan: Plan) -> None:
    """pixel, click and collect with both modes of the spool, committed before the answer, nothing drained"""
    folder = plan.place("burst")
    with contextlib.ExitStack() as stack:
        bares = [stack.enter_context(servers.bare(folder, plan.port(), worker)) for worker in (servers.STOCK, None)]
        edges = [stack.enter_context(servers.edge(folder, plan.port(), sync)) for sync in ("normal", "full")]
        for kind, limits in _BARS.items():
            kept = [subject_of(edge, kind) for edge in edges]
            floors = [Subject(bare.name, bare.port, kept[0].requests, bare.process.cpu_seconds) for bare in bares]
            rounds.run([*floors, *kept], plan.rounds, plan.seconds)
            plan.add(floors[0].row("burst", f"{kind}: bare, gunicorn's asgi worker"))
            plan.add(floors[1].row("burst", f"{kind}: bare, the edge's worker", floors[0]))
            for subject, sync, limit in zip(kept, ("NORMAL", "FULL"), limits, strict=True):
                plan.add(subject.row("burst", f"{kind}: edge, {sync}", floors[0], Bar("≥", limit)))
                plan.add(subject.row("burst", f"{kind}: edge, {sync}", floors[1]))


def subject_of(edge: EdgeServer, kind: str) -> Subject:
    """An edge loaded with one kind of request; its spool is counted and discarded after each round."""
    requests = wrk.write_requests(edge.settings.data / kind, requests_of(edge, kind))
    per_request = asked.COLLECTED_EVENTS if kind == "collect" else 1
    return Subject(edge.name, edge.port, requests, edge.process.cpu_seconds, edge.rows, per_request, edge.discard_finished)


def requests_of(edge: EdgeServer, kind: str) -> list[bytes]:
    """Requests whose tokens this edge has signed."""
    messages = [id_of("bench", str(number)) for number in range(MESSAGES)]
    if kind == "collect":
        return asked.collects(servers.SITE, MESSAGES)
    return (asked.pixels if kind == "pixel" else asked.clicks)(edge.keys, servers.WORKSPACE, messages)
