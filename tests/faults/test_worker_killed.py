"""F3, F4: a worker is killed between two of its writes, or right after it took a job; the sweep finds the work without Redis."""

import random

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle

NAMED = ["after alerts", "after deliveries", "after leads"]
POINTS = [f"{when} {n}" for n in range(1, 12) for when in ("before", "after")]


def crash_at(points: list[str], stack: FaultStack, company: Company, load: LoadGenerator) -> list[str]:
    """Kills a worker at each point in turn, with another lead's walk to process each time; returns the crash points."""
    recipients = company.add_leads(len(points))
    crashes = []
    with stack.paused("live", "bulk", "schedule"):
        for point, recipient in zip(points, recipients, strict=True):
            load.walk(recipient)
            stack.wait_for(lambda: not stack.spool_backlog())
            stack.deps.redis.delete("ll:armed:live")
            stack.deps.wake.live()
            crashes.append(stack.crashing(at=point, module="workers.main", arguments=["live"], seconds=15))
    return crashes


def test_killed_around_the_outbox(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """An alert that is stored but has no deliveries yet is not lost, and not sent twice."""
    crashes = crash_at(NAMED, stack, company, load)
    stack.expire_leases()
    settle(company)

    assert [crash.split(", ")[-1].partition(".")[0] for crash in crashes] == [point.split()[1] for point in NAMED]
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_killed_at_every_write(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random
):
    """Half of all points, chosen by the seed; leases are not shortened: all work is done within a minute."""
    crash_at(rng.sample(POINTS, 10), stack, company, load)
    settle(company, 60)

    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)


@pytest.mark.long
def test_killed_right_after_taking_a_job(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Taken from Redis and not started: the job is lost, its work is not."""
    recipients = company.add_leads(3)
    with stack.paused("live"):
        load.walks(recipients)
        stack.wait_for(lambda: not stack.spool_backlog())
        stack.deps.redis.delete("rq:queue:live", "rq:queue:live:intermediate")
    settle(company)

    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
