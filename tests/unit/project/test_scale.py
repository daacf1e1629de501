"""The simulator of the bench: what it makes of costs and loads, on figures that can be followed by hand; and the page made from it."""

import dataclasses
import json
import math

import pytest

from bench.scale import costs as measured
from bench.scale import pages, report
from bench.scale.command import main
from bench.scale.costs import Costs
from bench.scale.hardware import Hardware, Prices
from bench.scale.model import Role, Sizing, size
from bench.scale.workload import Workload
from tests.project import ROOT

ROUND = Costs(**{field.name: 100.0 for field in dataclasses.fields(Costs)})
DAY = 86_400


def workload(**changes: float) -> Workload:
    """A thousand events a second in the busiest minutes, a thousand pages a second."""
    given = {"events": 1_000 * DAY, "workspaces": 10, "reps": 3_600, "days": 1, "peak": 1, "views_per_rep": 1_000, "requests_per_event": 2}
    return Workload(**given | changes)


def role(sizing: Sizing, name: str) -> Role:
    return next(one for one in sizing.roles if one.name == name)


def test_cores_are_rate_times_cost():
    """2,000 requests of 100 µs are 0.2 cores, a thousand events 0.1; the rest of the roles likewise."""
    sizing = size(workload(marks_per_event=0.5, alerts_per_event=0.1), ROUND)

    assert {one.name: round(one.cores, 6) for one in sizing.roles} == {
        "edge": round(0.3 + 112 * 0.001, 6),  # the policy of ten workspaces in each of 112 drains
        "console": 0.1,
        "live": 0.05,
        "notify": 0.01,
        "bulk, schedule, mailbox": 0.001,
        "mongodb": round(3 * (0.1 + 0.05 + 0.1 + 0.001), 6),
        "redis": 0.1,
    }


def test_a_replica_is_one_core_and_part_of_it_is_spare():
    """Where six cores are busy and 0.6 of each may be, there are ten; and two of everything at least."""
    heavy = dataclasses.replace(ROUND, edge_cpu=3_000.0, edge_syncs=0.0)
    sizing = size(workload(), heavy)

    assert (role(sizing, "edge").replicas, role(sizing, "live").replicas) == (10, 2)
    assert role(size(workload(), heavy, Hardware(core_speed=2.0)), "edge").replicas == 5
    assert role(size(workload(), heavy, Hardware(use=0.3)), "edge").replicas == 20


@pytest.mark.parametrize(
    ("changes", "resource"),
    [
        ({"member_disk_gb": 1.0}, "MongoDB's disk"),
        ({"member_memory_gb": 0.1}, "MongoDB's memory"),
        ({"member_iops": 100.0}, "MongoDB's writes a second"),
        ({"member_cores": 0.01}, "cores of MongoDB's primaries"),
    ],
)
def test_the_scarcest_resource_decides_the_shards(changes, resource):
    """It is the one with the least headroom of MongoDB, and there is room for it, but not for a quarter more shards."""
    sizing = size(workload(), ROUND, Hardware(**changes))
    parts = role(sizing, "mongodb").parts
    least = min(parts, key=lambda part: part.headroom)

    assert (least.resource, role(sizing, "mongodb").replicas % 3) == (resource, 0)
    assert 1 <= least.headroom < 1 + 3 / role(sizing, "mongodb").replicas + 1e-9


def test_what_is_used_up_first_stands_first():
    """Ordered by headroom; Redis, which runs on one core, at last; and nothing is overloaded that can be added to."""
    sizing = size(workload(), dataclasses.replace(ROUND, redis_cpu=10_000.0))

    assert sizing.saturation[0][1].resource == "the core of Redis"
    assert sizing.saturation[0][1].headroom == pytest.approx(0.06)
    assert all(part.headroom >= 1 for name, part in sizing.saturation if name != "redis")
    assert math.isinf(size(workload(alerts_per_event=0), ROUND).saturation[-1][1].headroom)


def test_workspaces_have_a_limit_that_no_pod_lifts():
    """Schedule and policies look at every workspace: the one process of each is used up, whatever is added."""
    many = size(workload(workspaces=20_000), dataclasses.replace(ROUND, policy_cpu=200.0))
    parts = {part.resource: part for _, part in many.saturation}

    assert parts["the core of the schedule"].headroom == pytest.approx(0.3)
    assert parts["the core of each drain, by its policy"].headroom == pytest.approx(0.15)
    assert many.saturation[0][1].add == parts["the core of the schedule"].add


def test_ten_thousand_million_events_need_more_of_everything():
    """Monotonous in events and reps; the price is the sum of the roles and follows the prices."""
    found = measured.read().costs
    small, large = (size(Workload(events=events, workspaces=10_000, reps=1_000), found) for events in (10**8, 10**10))

    assert all(a.replicas <= b.replicas and a.price <= b.price for a, b in zip(small.roles, large.roles, strict=True))
    assert role(large, "mongodb").disk_gb > 50 * role(small, "mongodb").disk_gb
    free = Prices(core=0, memory_gb=0, disk_gb=0, thousand_iops=0, traffic_gb=0)
    assert (size(large.workload, found, prices=free).price, large.price) == (0, sum(one.price for one in large.roles))


@pytest.mark.parametrize("wrong", [{"events": 0}, {"reps": 0}, {"days": 0.0}, {"peak": -1.0}, {"online": 1.5}])
def test_numbers_that_are_no_load_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must be|is between"):
        workload(**wrong)


def test_the_command_answers_in_words_and_in_json(capsys):
    """`1e10` is a number; wrong numbers end with a sentence."""
    assert main(["--events", "1e10", "--workspaces", "10000", "--reps", "1000"]) == 0
    assert "10,000,000,000 events" in capsys.readouterr().out
    assert main(["--events", "1e10", "--workspaces", "10000", "--reps", "1000", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"roles", "saturation", "price", "events_per_second"} <= found.keys()
    assert found["saturation"][0]["grows_to"] <= found["saturation"][1]["grows_to"]
    assert main(["--online", "2"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err


def test_the_sizing_page_shows_what_the_simulator_says():
    """Both tables of docs/operations/sizing.md; `python -m bench scale --page` writes them."""
    page = (ROOT / "docs" / "operations" / "sizing.md").read_text("utf-8")

    assert pages.renewed(page, measured.read()) == page
    assert report.factor(size(workload(alerts_per_event=0), ROUND).saturation[-1][1]) == "any"
