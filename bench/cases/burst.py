"""Burst: throughput of the edge without a drain, relative to a bare server with the same configuration in the same round."""

import contextlib

from bench.load import requests as http_requests
from bench.load import rounds, wrk
from bench.load.rounds import Target
from bench.plan import Plan
from bench.report import Bar
from bench.targets import servers
from bench.targets.servers import LoadedServer
from tracker.base.ids import id_of

MESSAGES = 2_000
_BARS = {"pixel": (0.70, 0.60), "click": (0.70, 0.60), "collect": (0.5, 0.5)}


def run(plan: Plan) -> None:
    """pixel, click and collect with both sync modes of the spool, committed before the response, nothing drained"""
    folder = plan.case_folder("burst")
    with contextlib.ExitStack() as exits:
        bares = [exits.enter_context(servers.bare(folder, plan.port(), worker)) for worker in (servers.STOCK, None)]
        edges = [exits.enter_context(servers.edge(folder, plan.port(), sync)) for sync in ("normal", "full")]
        for kind, limits in _BARS.items():
            kept = [target_of(edge, kind) for edge in edges]
            baselines = [Target(bare.name, bare.port, kept[0].requests, bare.process.cpu_seconds) for bare in bares]
            rounds.run([*baselines, *kept], plan.rounds, plan.seconds)
            plan.add(baselines[0].row("burst", f"{kind}: bare, gunicorn's asgi worker"))
            plan.add(baselines[1].row("burst", f"{kind}: bare, the edge's worker", baselines[0]))
            for target, sync, limit in zip(kept, ("NORMAL", "FULL"), limits, strict=True):
                plan.add(target.row("burst", f"{kind}: edge, {sync}", baselines[0], Bar("≥", limit)))
                plan.add(target.row("burst", f"{kind}: edge, {sync}", baselines[1]))


def target_of(edge: LoadedServer, kind: str) -> Target:
    """An edge loaded with one kind of request; its spool rows are counted and discarded after each round."""
    requests = wrk.write_requests(edge.settings.data / kind, requests_of(edge, kind))
    per_request = http_requests.COLLECTED_EVENTS if kind == "collect" else 1
    return Target(edge.name, edge.port, requests, edge.process.cpu_seconds, edge.rows, per_request, edge.discard_rows)


def requests_of(edge: LoadedServer, kind: str) -> list[bytes]:
    """Requests whose tokens this edge has signed."""
    messages = [id_of("bench", str(number)) for number in range(MESSAGES)]
    if kind == "collect":
        return http_requests.collects(servers.SITE, MESSAGES)
    return (http_requests.pixels if kind == "pixel" else http_requests.clicks)(edge.keys, servers.WORKSPACE, messages)
