"""Holds the simulator against a run: three edges with their drains, two workers and three members of MongoDB, all on this machine.

The run is at a constant rate that the machine can serve, so that the CPU time of each role is compared, not its limit.
"""

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from bench.cases.scored import wait
from bench.figures import rounded
from bench.load import pace
from bench.load import requests as http_requests
from bench.report import table
from bench.scale.cluster import Cluster, running_cluster
from bench.scale.costs import Costs
from bench.targets import dataset

EDGES, WORKERS, MEMBERS = 3, 2, 3
RATE, SECONDS, LEADS = 60.0, 60.0, 2_000
"""Requests a second of all edges together."""
_LONGEST, _REST_SECONDS = 600.0, 20.0


def check(folder: Path, port: int, costs: Costs) -> str:
    """A table of CPU seconds by role, predicted and measured, and how many requests became events."""
    with running_cluster(folder, port, {"edge": EDGES, "live": WORKERS, "schedule": 1}, MEMBERS) as cluster:
        recipients = dataset.make(cluster.deps, LEADS)
        messages = [message.id for message in recipients.messages]
        kinds = (
            http_requests.pixels(cluster.deps.keys, recipients.workspace, messages),
            http_requests.clicks(cluster.deps.keys, recipients.workspace, messages),
            http_requests.collects(recipients.site, len(messages)),
        )
        requests = [request for three in zip(*kinds, strict=True) for request in three]
        random.Random(1).shuffle(requests)  # each edge gets every kind
        time.sleep(3)  # the policy with the new site reaches the edges
        idle = cluster.used()
        time.sleep(_REST_SECONDS)
        before, begun, sent = cluster.used(), time.monotonic(), int(RATE / EDGES * SECONDS) * EDGES
        _send(cluster, requests)
        wait(lambda: cluster.events() >= sent, "events are missing", _LONGEST)
        wait(cluster.is_done, "marks are left", _LONGEST)
        used, took = cluster.used() - before, time.monotonic() - begun
        at_rest = {role: seconds / _REST_SECONDS * took for role, seconds in (before - idle).cpu.items()}
        found = cluster.deps.store.database.events.count_documents({"w": bytes.fromhex(recipients.workspace)})
    return _table(costs, used.cpu, at_rest, sent, found, used.counters["leadlight_recounted_marks_total done"])


def _table(costs: Costs, used: Mapping[str, float], at_rest: Mapping[str, float], sent: int, events: int, marks: float) -> str:
    predicted = {
        "edge": sent * costs.edge_cpu,
        "drain": events * costs.drain_cpu,
        "live": marks * costs.worker_cpu,
        "mongod": MEMBERS * (events * costs.drain_mongo_cpu + marks * costs.worker_mongo_cpu),
        "valkey": events * costs.redis_cpu,
    }
    rows = []
    for role, microseconds in predicted.items():
        seconds = microseconds / 1e6
        above = (used[role] - at_rest[role]) / seconds - 1
        rows.append((role, rounded(seconds), rounded(used[role]), rounded(at_rest[role]), f"{above * 100:+.0f} %"))
    counts = f"{sent:,} requests, {events:,} events, {marks:,.0f} marks ({marks / events:.2f} an event)"
    return f"{table(rows, ('role', 'predicted CPU s', 'measured CPU s', 'of it at rest', 'difference without rest'))}\n\n{counts}"


def _send(cluster: Cluster, requests: list[bytes]) -> None:
    """A third of the requests to each edge, at the same time. Raises BrokenConnection."""
    failed: list[pace.BrokenConnection] = []

    def one(number: int) -> None:
        try:
            pace.run(cluster.ports[f"edge{number}"], requests[number::EDGES], RATE / EDGES, SECONDS, connections=8)
        except pace.BrokenConnection as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(EDGES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
