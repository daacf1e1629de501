"""Latency at half the burst rate, from due to answered, against the bare server; and with MongoDB stopped, and without Redis."""

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence

from bench.cases.scored import wait
from bench.figures import percentile
from bench.load import pace, wrk
from bench.load import requests as asked
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset, servers
from bench.targets.stack import Stack, leadlight

MESSAGES = 2_000
_HALF, _QUARTER = 0.5, 0.25
"""Of the burst: what the bars ask for, and what client, edge and all that works behind it can do together on two cores."""
_SETTLED = 0.5


def run(plan: Plan) -> None:
    """p50 and p99 of the pixel at half the burst rate; again with all working, MongoDB stopped, no Redis, and these at a quarter"""
    folder = plan.place("latency")
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(leadlight(folder, plan.port(6)))
        home.pause("drain", "live", "bulk")
        floor = stack.enter_context(servers.bare(folder, plan.port()))
        people = dataset.invite(home.deps, MESSAGES)
        requests = asked.pixels(home.deps.keys, people.workspace, [m.id for m in people.messages])
        edge = home.deps.settings.edge_port
        burst = wrk.run(edge, wrk.write_requests(folder / "pixels", requests), plan.seconds).rate
        plan.add(Row(case="latency", what="rate: half the edge's burst", unit="requests/s", values=[burst * _HALF]))
        ports = {"bare": floor.port, "edge": edge}
        _add(plan, "edge, drain paused", measure(plan, ports, requests, burst * _HALF), Bar("≤", 3))
        home.resume("drain", "live", "bulk")
        for share, at in ((_HALF, ""), (_QUARTER, ", at a quarter")):
            for what, broken in (("all working", contextlib.nullcontext), ("MongoDB stopped", _mongod_stopped), ("no Redis", _no_valkey)):
                with broken(home):
                    found = measure(plan, ports, requests, burst * share)
                _add(plan, f"edge, {what}{at}", found)
                wait(lambda: not home.spooled(), "the spool does not empty")


def measure(plan: Plan, ports: dict[str, int], requests: Sequence[bytes], rate: float) -> dict[str, list[list[float]]]:
    """Each server in turn at this rate; the milliseconds of every answer, round by round."""
    found: dict[str, list[list[float]]] = {name: [] for name in ports}
    for _ in range(plan.rounds):
        for name, port in ports.items():
            took = pace.run(port, requests, rate, plan.seconds + _SETTLED)
            found[name].append(took[int(rate * _SETTLED) :])  # connections are new at first
    return found


def _add(plan: Plan, what: str, found: dict[str, list[list[float]]], bar: Bar | None = None) -> None:
    for share, asked_of in ((0.5, None), (0.99, bar)):
        values, reference = ([percentile(one, share) for one in found[name]] for name in ("edge", "bare"))
        plan.add(
            Row(
                case="latency",
                what=f"{what}: p{share * 100:.0f}",
                unit="ms",
                values=values,
                against="bare-asgi",
                reference=reference,
                bar=asked_of,
            )
        )


@contextlib.contextmanager
def _mongod_stopped(home: Stack) -> Iterator[None]:
    pid = home.ps()["mongod"]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def _no_valkey(home: Stack) -> Iterator[None]:
    home.pause("valkey")
    try:
        yield
    finally:
        home.resume("valkey")
