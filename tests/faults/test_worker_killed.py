"""F3, F4: a worker is killed between any two of its writes, or as soon as it took its job; the sweep finds the work without Redis."""

import random

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultHouse
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle

NAMED = ["after alerts", "after deliveries", "after leads"]
POINTS = [f"{when} {n}" for n in range(1, 12) for when in ("before", "after")]


def die_at(points: list[str], house: FaultHouse, company: Company, load: Load) -> list[str]:
    """A worker is killed at each point in turn, each time with another lead's walk to count; where it died."""
    letters = company.write_to(len(points))
    deaths = []
    with house.paused("live", "bulk", "schedule"):
        for point, letter in zip(points, letters, strict=True):
            load.walk(letter)
            house.wait_for(lambda: not house.spool_waits())
            house.deps.redis.delete("ll:armed:live")
            house.deps.wake.live()
            deaths.append(house.crashing(at=point, module="workers.main", arguments=["live"], seconds=15))
    return deaths


def test_killed_around_the_outbox(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """An alert that is written and not yet handed to its channels is not lost; nor rung twice."""
    deaths = die_at(NAMED, house, company, load)
    house.lapse_leases()
    settle(company)

    assert [death.split(", ")[-1].partition(".")[0] for death in deaths] == [point.split()[1] for point in NAMED]
    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_killed_at_every_write(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random):
    """Half of all points, which ones the seed says; nobody helps: all is counted within a minute."""
    die_at(dice.sample(POINTS, 10), house, company, load)
    settle(company, 60)

    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_killed_with_the_job_in_hand(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Taken from Redis and never begun: the job is lost, its work is not."""
    letters = company.write_to(3)
    with house.paused("live"):
        load.walks(letters)
        house.wait_for(lambda: not house.spool_waits())
        house.deps.redis.delete("rq:queue:live", "rq:queue:live:intermediate")
    settle(company)

    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)
