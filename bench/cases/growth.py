"""Growth: how long the API takes for what a rep looks at, as events become more; and what an event takes on disk."""

import http.client
import time
from collections.abc import Callable
from datetime import timedelta

from bench.cases.scored import wait
from bench.figures import percentile
from bench.plan import Plan
from bench.report import Bar, Row
from bench.targets import dataset
from bench.targets.backends import backstage
from bench.targets.stack import Stack, leadlight
from tracker.actions.team import api_keys
from tracker.actions.workspace import workspaces
from tracker.spool.file import write_file
from workers.drain.process import Drain

SIZES, QUICK_SIZES, LARGE = (100_000, 1_000_000), (10_000, 100_000), 10_000_000
EVENTS_EACH = 100
BIGGEST, QUICK_BIGGEST = 50_000, 2_000
ASKED, AGENTS = 25, 2_000
_BULK_SECONDS = 3_600


def run(plan: Plan) -> None:
    """Milliseconds of timeline, lead list, live view and replay through the API, as events become more"""
    sizes = QUICK_SIZES if plan.is_quick else (*SIZES, LARGE) if plan.is_large else SIZES
    biggest = QUICK_BIGGEST if plan.is_quick else BIGGEST
    with leadlight(plan.place("growth"), plan.port(6)) as home:
        made = workspaces.add_workspace(home.deps, "Growth", home_url="https://www.northwind.example")
        _fill(home, made.id, biggest, 1, seed=1)
        largest = home.deps.store.of(made.id).leads.all_ids()[0]
        first: dict[str, list[float]] = {}
        for number, size in enumerate(sizes):
            more = size - home.events()
            _fill(home, made.id, more, max(1, more // EVENTS_EACH), seed=2 + number)
            some = next(lead for lead in home.deps.store.of(made.id).leads.all_ids() if lead != largest)
            key = api_keys.new_key(home.deps, made.id, name="bench")[1]  # a key may hold a hundred streams, and left ones are noticed late
            for what, look in _looks(home, key, some, largest).items():
                took = _timed(look)
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


def _fill(home: Stack, workspace: str, events: int, leads: int, seed: int) -> None:
    home.command("demo", "--events", str(events), "--leads", str(leads), "--seed", str(seed), "--workspace", workspace)
    wait(lambda: not home.waiting(), "the bulk workers do not end", seconds=_BULK_SECONDS)
    home.deps.store.database.client.admin.command("fsync")  # queries are looked at, not the writing out of what was filled in


def _looks(home: Stack, key: str, some: str, largest: str) -> dict[str, Callable[[], None]]:
    port = home.deps.settings.port

    def get(path: str) -> Callable[[], None]:
        return lambda: _get(port, f"/api/v1{path}", key)

    return {
        "timeline": get(f"/leads/{some}/events?limit=50"),
        "timeline, largest lead": get(f"/leads/{largest}/events?limit=50"),
        "lead list": get("/leads?limit=50"),
        "lead list by score": get("/leads?limit=50&sort=-score"),
        "live view": lambda: _join(port, key),
        "replay": get(f"/leads/{some}/replay"),
        "replay, largest lead": get(f"/leads/{largest}/replay"),
    }


def _timed(look: Callable[[], None]) -> list[float]:
    """Median, in milliseconds, of each of three rounds."""
    for _ in range(5):
        look()
    return [percentile([_once(look) for _ in range(ASKED)], 0.5) for _ in range(3)]


def _once(look: Callable[[], None]) -> float:
    begun = time.perf_counter()
    look()
    return (time.perf_counter() - begun) * 1000


def _get(port: int, path: str, key: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path} answered {answer.status}")


def _join(port: int, key: str) -> None:
    """Joins the live stream and leaves it when its first line is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/live", headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    answer.readline()
    connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"/live answered {answer.status}")


def size(plan: Plan) -> None:
    """Bytes on disk of a stored event with its indexes; 2,000 different user agents"""
    leads = 1_000 if plan.is_quick else 10_000
    with backstage(plan.place("size"), plan.port(6)) as stage:
        deps = stage.deps
        captures = dataset.stories(dataset.invite(deps, leads), dataset.agents(AGENTS), deps.now() - timedelta(minutes=2))
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
