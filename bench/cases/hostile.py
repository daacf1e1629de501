"""Hostile: half-open connections by the thousand, and what well-behaved clients notice of them; nginx in the same rounds."""

import contextlib
import os
from collections.abc import Sequence

from bench import asked, doors, siege
from bench.cases.burst import requests_of
from bench.figures import percentile
from bench.peers.nginx import nginx, program
from bench.plan import Plan
from bench.report import Bar, Row
from bench.siege import CLIENTS, Siege

CONNECTIONS = 30_000
_RATES = (6_000.0, 12_000.0, None)
_LONGEST_SECONDS = 15
_MOST_OF_PEACE = Bar("≤", 3)


def run(plan: Plan) -> None:
    """30,000 half-open connections at two rates and as fast as they come, beside clients whose answers are timed"""
    wanted = CONNECTIONS // (3 if plan.is_quick else 1)
    connections = siege.most_connections(wanted)
    if connections < wanted:
        plan.leave_out(f"half-open connections beyond {connections:,}: the limit of open descriptors is too low")
    folder = plan.place("hostile")
    with contextlib.ExitStack() as stack:
        edge = stack.enter_context(doors.edge(folder, plan.port(), "full"))
        servers = {"edge": (edge.port, edge.process.process.pid, requests_of(edge, "pixel")[0])}
        if found := program():
            port = plan.port()
            peer = stack.enter_context(nginx(found, folder, port, os.cpu_count() or 1))
            servers["nginx"] = (port, peer.process.pid, asked.get("/o/x.gif"))
        else:
            plan.leave_out("nginx in a siege: it is not installed (apt-get install nginx-light)")
        all_sieges: list[Siege] = []
        for rate in _RATES[: 1 if plan.is_quick else None]:
            found_by: dict[str, list[Siege]] = {name: [] for name in servers}
            for _ in range(plan.rounds):
                for name, (at, pid, request) in servers.items():
                    found_by[name].append(siege.besiege(at, pid, request, connections, rate))
            for name, sieges in found_by.items():
                _add(plan, name, rate, sieges)
            all_sieges += found_by["edge"]
    _add_bounds(plan, all_sieges)


def _add(plan: Plan, name: str, rate: float | None, sieges: Sequence[Siege]) -> None:
    speed = f"{rate:,.0f}/s" if rate else "as fast as they come"
    for client in CLIENTS:
        before = [percentile(one.before(client), 0.99) for one in sieges]
        for rush, when in ((True, "while they come"), (False, "until they are closed")):
            plan.add(
                Row(
                    case="hostile",
                    what=f"{name}, half-open {speed}: {client}, p99 {when}",
                    unit="ms",
                    values=[percentile(one.during(client, rush=rush), 0.99) for one in sieges],
                    against="in peace",
                    reference=before,
                    bar=_MOST_OF_PEACE if name == "edge" else None,
                    more={
                        "most_ms": [max(one.during(client, rush=rush)) for one in sieges],
                        "calls": [len(one.during(client, rush=rush)) for one in sieges],
                        "half_open_per_second": [one.rate for one in sieges],
                        "refused": [sum(flood.refused for flood in one.floods) for one in sieges],
                    },
                )
            )


def _add_bounds(plan: Plan, sieges: Sequence[Siege]) -> None:
    left = sum(flood.left for one in sieges for flood in one.floods)
    if left:
        raise RuntimeError(f"{left:,} half-open connections were still open at the end")
    oldest = [max(flood.oldest for flood in one.floods) for one in sieges]
    plan.add(Row(case="hostile", what="edge: longest-lived half-open", unit="s", values=oldest, bar=Bar("≤", _LONGEST_SECONDS)))
    plan.add(Row(case="hostile", what="edge: descriptors of a process", unit="", values=[float(one.descriptors) for one in sieges]))
