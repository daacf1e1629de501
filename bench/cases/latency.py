"""Latency at half the burst rate, from scheduled time to response, relative to the bare server; also with MongoDB stopped and without Redis."""

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence

from bench.cases.scored import wait
from bench.figures import percentile
from bench.load import pace, wrk
from bench.load import requests as http_requests
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset, servers
from bench.targets.stack import Stack, running_stack

MESSAGES = 2_000
_HALF, _QUARTER = 0.5, 0.25
"""Share of the burst rate: the one that the bars name, and one that client, edge and workers reach together on two cores."""
_SETTLED = 0.5


def run(plan: Plan) -> None:
    """p50 and p99 of the pixel at half and a quarter of the burst rate, with all servers running, MongoDB stopped, and without Redis"""
    folder = plan.case_folder("latency")
    with contextlib.ExitStack() as exits:
        stack = exits.enter_context(running_stack(folder, plan.port(6)))
        stack.pause("drain", "live", "bulk")
        baseline = exits.enter_context(servers.bare(folder, plan.port()))
        recipients = dataset.make(stack.deps, MESSAGES)
        requests = http_requests.pixels(stack.deps.keys, recipients.workspace, [m.id for m in recipients.messages])
        edge = stack.deps.settings.edge_port
        burst = wrk.run(edge, wrk.write_requests(folder / "pixels", requests), plan.seconds).rate
        plan.add(Row(case="latency", what="rate: half the edge's burst", unit="requests/s", values=[burst * _HALF]))
        ports = {"bare": baseline.port, "edge": edge}
        _add(plan, "edge, drain paused", measure(plan, ports, requests, burst * _HALF), Bar("≤", 3))
        stack.resume("drain", "live", "bulk")
        for share, at in ((_HALF, ""), (_QUARTER, ", at a quarter")):
            for what, broken in (("all running", contextlib.nullcontext), ("MongoDB stopped", _mongod_stopped), ("no Redis", _no_valkey)):
                with broken(stack):
                    found = measure(plan, ports, requests, burst * share)
                _add(plan, f"edge, {what}{at}", found)
                wait(lambda: not stack.spool_rows(), "the spool does not empty")


def measure(plan: Plan, ports: dict[str, int], requests: Sequence[bytes], rate: float) -> dict[str, list[list[float]]]:
    """Loads each server in turn at this rate; the milliseconds of every response, round by round."""
    found: dict[str, list[list[float]]] = {name: [] for name in ports}
    for _ in range(plan.rounds):
        for name, port in ports.items():
            took = pace.run(port, requests, rate, plan.seconds + _SETTLED)
            found[name].append(took[int(rate * _SETTLED) :])  # without the first requests on new connections
    return found


def _add(plan: Plan, what: str, found: dict[str, list[list[float]]], bar: Bar | None = None) -> None:
    for share, limit in ((0.5, None), (0.99, bar)):
        values, reference = ([percentile(one, share) for one in found[name]] for name in ("edge", "bare"))
        plan.add(
            Row(
                case="latency",
                what=f"{what}: p{share * 100:.0f}",
                unit="ms",
                values=values,
                against="bare-asgi",
                reference=reference,
                bar=limit,
            )
        )


@contextlib.contextmanager
def _mongod_stopped(stack: Stack) -> Iterator[None]:
    pid = stack.ps()["mongod"]["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def _no_valkey(stack: Stack) -> Iterator[None]:
    stack.pause("valkey")
    try:
        yield
    finally:
        stack.resume("valkey")
