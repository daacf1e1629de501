"""F2: the drain is killed between two of its writes; repeated work changes nothing."""

import random

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle

POINTS = [f"after {n}" for n in range(1, 6)]
"""Every write of one batch: fingerprints, events, claims, dwell, marks (and once the site's first event)."""
NAMED = ["after events.insert", "after dirty.update"]


def crash_at(points: list[str], stack: FaultStack, company: Company, load: LoadGenerator) -> None:
    """Kills the drain at each point in turn, after another lead's walk each time."""
    recipients = company.add_leads(len(points))
    with stack.paused("drain"):
        for point, recipient in zip(points, recipients, strict=True):
            load.walk(recipient)
            assert stack.crashing(at=point, module="workers.drain.process").startswith(f"crash {point.split()[0]}"), point
    settle(company)


def test_killed_after_the_insert_or_the_marks(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers
):
    """Between "inserted in MongoDB" and "marked", and between "marked" and the watermark."""
    crash_at(NAMED, stack, company, load)

    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_killed_at_every_write(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random
):
    """Every crash point, in random order."""
    crash_at(rng.sample(POINTS, len(POINTS)), stack, company, load)

    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
