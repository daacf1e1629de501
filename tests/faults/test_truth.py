"""All guarantees together: servers killed under 200 opens and clicks, then every process in turn."""

import os
import random
import signal
import threading
import time

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import SERVERS, FaultStack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tests.system.stack import responds

pytestmark = pytest.mark.long


def test_servers_killed_under_two_hundred_opens_and_clicks(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random
):
    """Mongod and Valkey are killed with SIGKILL: every request gets 200 or 302, and every event is stored."""
    recipients = company.add_leads(8)
    pids = stack.pids()

    def kill_servers() -> None:
        for name in rng.sample(SERVERS, 2):
            time.sleep(rng.uniform(0.1, 1.2))
            os.kill(pids[name], signal.SIGKILL)

    killer = threading.Thread(target=kill_servers)
    killer.start()
    load.burst(recipients, 200, rate=60)
    killer.join()
    load.walks(recipients)
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)


def test_every_process_killed_in_turn(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random
):
    """Every process of `leadlight ps` is killed under load, one after another."""
    recipients = company.add_leads(8)
    names = [name for name in stack.pids() if name != "demo"]
    rng.shuffle(names)
    with load.running(recipients, rate=20):
        for name in names:
            time.sleep(rng.uniform(0.2, 1.5))
            stack.kill(name)
            if name.startswith("edge"):
                stack.wait_for(lambda: responds(stack.settings.edge_port))
    stack.expire_leases()
    settle(company)

    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company, duplicates=1)
    assert_same_as_undisturbed(company)


@pytest.mark.parametrize("and_workers", [True, False], ids=["all", "all but what they started"])
def test_everything_killed_at_once_and_started_again(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random, *, and_workers: bool
):
    """Like a power failure: acknowledged events are there after the next start."""
    recipients = company.add_leads(6)
    with load.running(recipients, rate=40):
        time.sleep(rng.uniform(0.5, 2))
        stack.kill_everything(and_workers=and_workers)
        stack.start()
    stack.expire_leases()
    settle(company)

    assert ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company, duplicates=3)
    assert_same_as_undisturbed(company)
