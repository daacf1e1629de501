"""Hostile: half-open connections by the thousand, and what well-behaved clients notice of them; nginx in the same rounds."""

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.cases.burst import requests_of
from bench.figures import percentile
from bench.load import requests, slow_headers
from bench.load.slow_headers import CLIENTS, Siege
from bench.peers.nginx import nginx, program
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import servers as doors

CONNECTIONS = 30_000
_SIEGES = ((6_000.0, 2), (12_000.0, 2), (None, 1), (None, 2))
"""Half-open connections a second (None: as fast as they come), and programs that make them."""
_LONGEST_SECONDS = 15
_TIMES_PEACE = Bar("≤", 3)
_SHARE = 0.99


@dataclass(slots=True)
class Besieged:
    """A server under siege."""

    name: str
    port: int
    pid: int
    request: bytes
    rows: Callable[[], int] | None = None
    bar: Bar | None = None
    sieges: list[Siege] = field(default_factory=list)

    def run(self, connections: int, rate: float | None, attackers: int) -> None:
        """One siege. Raises Failed; RuntimeError if an answer was not kept, or a half-open connection not closed."""
        had = self.rows() if self.rows else 0
        found = slow_headers.besiege(self.port, self.pid, self.request, connections, rate, attackers)
        if left := sum(one.left for one in found.floods):
            raise RuntimeError(f"{self.name}: {left:,} half-open connections were still open at the end")
        answered = sum(map(len, found.calls.values()))
        if self.rows and self.rows() - had != answered:
            raise RuntimeError(f"{self.name}: {answered:,} opens were answered, {self.rows() - had:,} kept")
        self.sieges.append(found)


def run(plan: Plan) -> None:
    """30,000 half-open connections at two rates and as fast as they come, beside clients whose answers are timed"""
    wanted = CONNECTIONS // (3 if plan.is_quick else 1)
    folder = plan.case_folder("hostile")
    for attackers in sorted({attackers for _, attackers in _SIEGES}):
        if (most := slow_headers.most_connections(wanted, attackers)) < wanted:
            plan.leave_out(f"half-open connections beyond {most:,} (programs: {attackers}): the limit of open descriptors is too low")
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(doors.edge(folder, plan.port(), "full"))
        edge = Besieged("edge", door.port, door.process.process.pid, requests_of(door, "pixel")[0], door.rows, _TIMES_PEACE)
        servers = [edge]
        if found := program():
            port, workers = plan.port(), os.cpu_count() or 1
            peer = stack.enter_context(nginx(found, folder, port, workers))
            servers.append(Besieged(f"nginx, {workers} workers", port, peer.process.pid, requests.get("/o/x.gif")))
        else:
            plan.leave_out("nginx under siege: it is not installed (apt-get install nginx-light)")
        for rate, attackers in _SIEGES[: 1 if plan.is_quick else None]:
            connections = slow_headers.most_connections(wanted, attackers)
            for _ in range(plan.rounds):
                for server in servers:
                    server.run(connections, rate, attackers)
            speed = f"{rate:,.0f}/s" if rate else f"full speed of {attackers}"
            for server in servers:
                _add(plan, server, speed, server.sieges[-plan.rounds :])
    oldest = [max(flood.oldest for flood in one.floods) for one in edge.sieges]
    plan.add(Row(case="hostile", what="edge: longest-lived half-open", unit="s", values=oldest, bar=Bar("≤", _LONGEST_SECONDS)))
    plan.add(Row(case="hostile", what="edge: descriptors of a process", unit="", values=[float(one.descriptors) for one in edge.sieges]))


def _add(plan: Plan, server: Besieged, speed: str, sieges: Sequence[Siege]) -> None:
    made = Row(case="hostile", what=f"{server.name}, {speed}: made", unit="/s", values=[one.rate for one in sieges])
    plan.add(made)
    for client in CLIENTS:
        before = [percentile(one.before(client), _SHARE) for one in sieges]
        windows = {"while they come": Siege.coming, "while they stay": Siege.staying, "all the while": _all_the_while}
        for when, window in windows.items():
            found = [window(one, client) for one in sieges]
            plan.add(
                Row(
                    case="hostile",
                    what=f"{server.name}, {speed}: {client}, {when}: p99",
                    unit="ms",
                    values=[percentile(one, _SHARE) for one in found],
                    against="in peace",
                    reference=before,
                    bar=server.bar,
                    more={"most_ms": list(map(max, found)), "calls": list(map(len, found))},
                )
            )


def _all_the_while(one: Siege, client: str) -> list[float]:
    return one.coming(client) + one.staying(client)
