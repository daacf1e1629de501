"""Growth: latency of the API calls behind a rep's pages by number of events, and the disk size of an event."""

import http.client
import time
from collections.abc import Callable
from datetime import timedelta

from bench.cases.scored import wait
from bench.figures import percentile
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset
from bench.targets.backends import running_backends
from bench.targets.stack import Stack, running_stack
from tracker.actions.team import api_keys
from tracker.actions.workspace import workspaces
from tracker.spool.file import write_file
from workers.drain.process import Drain

SIZES, QUICK_SIZES, LARGE = (100_000, 1_000_000), (10_000, 100_000), 10_000_000
EVENTS_EACH = 100
BIGGEST, QUICK_BIGGEST = 50_000, 2_000
REQUESTS, AGENTS = 25, 2_000
_BULK_SECONDS = 3_600


def run(plan: Plan) -> None:
    """Milliseconds of timeline, lead list, live view and replay through the API, by number of events"""
    sizes = QUICK_SIZES if plan.is_quick else (*SIZES, LARGE) if plan.is_large else SIZES
    biggest = QUICK_BIGGEST if plan.is_quick else BIGGEST
    with running_stack(plan.case_folder("growth"), plan.port(6)) as stack:
        made = workspaces.add_workspace(stack.deps, "Growth", home_url="https://www.northwind.example")
        _fill(stack, made.id, biggest, 1, seed=1)
        largest = stack.deps.store.of(made.id).leads.all_ids()[0]
        first: dict[str, list[float]] = {}
        for number, size in enumerate(sizes):
            more = size - stack.events()
            _fill(stack, made.id, more, max(1, more // EVENTS_EACH), seed=2 + number)
            some = next(lead for lead in stack.deps.store.of(made.id).leads.all_ids() if lead != largest)
            key = api_keys.new_key(stack.deps, made.id, name="bench")[
                1
            ]  # a key is limited to a hundred streams, and closed ones are detected late
            for what, request in _requests(stack, key, some, largest).items():
                took = _timed(request)
                bar = Bar("≤", 1.3) if number and "largest" not in what and "replay" not in what else None
                against = f"{sizes[0]:,} events" if number else ""
                reference = first.setdefault(what, took) if number else ()
                first.setdefault(what, took)
                plan.add(
                    Row(
                        case="growth",
                        what=f"{what}, {size:,} events",
                        unit="ms",
                        values=took,
                        against=against,
                        reference=reference,
                        bar=bar,
                    )
                )


def _fill(stack: Stack, workspace: str, events: int, leads: int, seed: int) -> None:
    stack.command("demo", "--events", str(events), "--leads", str(leads), "--seed", str(seed), "--workspace", workspace)
    wait(lambda: not stack.dirty_marks(), "the bulk workers do not end", seconds=_BULK_SECONDS)
    stack.deps.store.database.client.admin.command("fsync")  # measure queries, not the flush of the data just written


def _requests(stack: Stack, key: str, some: str, largest: str) -> dict[str, Callable[[], None]]:
    port = stack.deps.settings.port

    def get(path: str) -> Callable[[], None]:
        return lambda: _get(port, f"/api/v1{path}", key)

    return {
        "timeline": get(f"/leads/{some}/events?limit=50"),
        "timeline, largest lead": get(f"/leads/{largest}/events?limit=50"),
        "lead list": get("/leads?limit=50"),
        "lead list by score": get("/leads?limit=50&sort=-score"),
        "live view": lambda: _open_stream(port, key),
        "replay": get(f"/leads/{some}/replay"),
        "replay, largest lead": get(f"/leads/{largest}/replay"),
    }


def _timed(request: Callable[[], None]) -> list[float]:
    """Median, in milliseconds, of each of three rounds."""
    for _ in range(5):
        request()
    return [percentile([_once(request) for _ in range(REQUESTS)], 0.5) for _ in range(3)]


def _once(request: Callable[[], None]) -> float:
    begun = time.perf_counter()
    request()
    return (time.perf_counter() - begun) * 1000


def _get(port: int, path: str, key: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path}: status {answer.status}")


def _open_stream(port: int, key: str) -> None:
    """Opens the live stream and closes it after its first line."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/live", headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    answer.readline()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"/live: status {answer.status}")


def size(plan: Plan) -> None:
    """Bytes on disk of a stored event with its indexes; 2,000 different user agents"""
    leads = 1_000 if plan.is_quick else 10_000
    with running_backends(plan.case_folder("size"), plan.port(6)) as backends:
        deps = backends.deps
        captures = dataset.captures(dataset.make(deps, leads), dataset.agents(AGENTS), deps.now() - timedelta(minutes=2))
        write_file(deps.settings.spool_dir, captures)
        drain = Drain(deps)
        while drain.step():
            pass
        database = deps.store.database
        database.client.admin.command("fsync")
        found = {name: database.command("collStats", name) for name in ("events", "prints")}
    count = found["events"]["count"]
    if count != len(captures):
        raise RuntimeError(f"{len(captures):,} rows in the spool, {count:,} events")
    total = sum(stats["totalSize"] for stats in found.values()) / count
    parts = {"data": found["events"]["storageSize"], "prints": found["prints"]["totalSize"], **found["events"]["indexSizes"]}
    more = {"bytes_per_event": {name: round(value / count, 1) for name, value in parts.items()}, "events": count}
    plan.add(Row(case="size", what=f"an event on disk, {count:,} events", unit="bytes", values=[total], bar=Bar("≤", 700), more=more))
