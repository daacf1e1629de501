"""Sweeps and schedule: work is found without Redis."""

from dataclasses import replace
from datetime import timedelta

from tests.scenes import NOON, make_scene
from tracker.actions.deps import Deps
from workers.drain.process import Drain
from workers.periodic.schedule import LEASE, Schedule
from workers.periodic.sweeps import SWEEPS, Sweep, recompute_leftover


def test_the_sweep_recomputes_marks_without_a_wake_up(deps: Deps):
    """Redis was emptied after the drain: the lead is scored all the same, from MongoDB alone."""
    scene = make_scene(deps)
    lead = scene.lead()
    scene.click(scene.message(lead), NOON)
    scene.spool()
    Drain(deps).step()
    deps.redis.flushdb()

    recompute_leftover(deps, deps.now() + timedelta(seconds=10))

    assert scene.store.leads.get(lead.id).derived.clicks == 1
    assert deps.store.dirty.counts() == {}


def test_one_of_two_schedules_works_until_its_lease_expires(deps: Deps):
    """Several instances are safe: a sweep runs once, and another instance takes over a dead one's work."""
    ran: list[str] = []
    now = {"at": NOON}
    slow = replace(deps, now=lambda: now["at"])
    one, two = (Schedule(slow, (Sweep("s", timedelta(seconds=1), lambda *_, n=n: ran.append(n)),), n) for n in ("one", "two"))

    one.tick(), two.tick()
    now["at"] += timedelta(seconds=5)
    one.tick(), two.tick()
    now["at"] += LEASE
    two.tick()

    assert ran == ["one", "one", "two"]


def test_measures_are_taken_without_the_lease(deps: Deps):
    """Each host has gauges of its own, and the lease is in MongoDB, which may be unreachable."""
    ran: list[str] = []
    measure = Sweep("measure", timedelta(seconds=5), lambda _deps, _now: ran.append("measure"), is_everywhere=True)
    work = Sweep("work", timedelta(seconds=5), lambda _deps, _now: ran.append("work"))
    Schedule(deps, (work,), "another").tick()
    ran.clear()

    assert Schedule(deps, (measure, work), "this one").tick() == 1
    assert ran == ["measure"]


def test_a_failing_sweep_stops_no_other(deps: Deps):
    """The failure is logged; the other sweeps run."""
    ran = []

    def fails(*_: object) -> None:
        raise OSError("away")

    sweeps = (Sweep("bad", timedelta(seconds=1), fails), Sweep("good", timedelta(seconds=1), lambda *_: ran.append(1)))
    assert Schedule(deps, sweeps).tick() == 2
    assert ran == [1]


def test_every_sweep_has_a_name_of_its_own():
    """The name appears in logs."""
    assert len({sweep.name for sweep in SWEEPS}) == len(SWEEPS)
