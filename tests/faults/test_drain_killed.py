"""F2: the drain is killed between any two of its writes; what it repeats changes nothing."""

import random

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultHouse
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle

POINTS = [f"after {n}" for n in range(1, 6)]
"""Every write of one batch: fingerprints, events, claims, dwell, marks (and once the site's first sign of life)."""
NAMED = ["after events.insert", "after dirty.update"]


def die_at(points: list[str], house: FaultHouse, company: Company, load: Load) -> None:
    """The drain is killed at each point in turn, each time with another lead's walk before it."""
    letters = company.write_to(len(points))
    with house.paused("drain"):
        for point, letter in zip(points, letters, strict=True):
            load.walk(letter)
            assert house.crashing(at=point, module="workers.drain.process").startswith(f"crash {point.split()[0]}"), point
    settle(company)


def test_killed_after_the_insert_or_the_marks(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Between "inserted in MongoDB" and "marked", and between "marked" and the watermark."""
    die_at(NAMED, house, company, load)

    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_killed_at_every_write(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random):
    """Every point there is, in any order."""
    die_at(dice.sample(POINTS, len(POINTS)), house, company, load)

    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)
