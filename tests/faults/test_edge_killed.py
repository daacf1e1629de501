"""F1, F20, F23: edge workers killed, the edge reloaded, keys rotated, all under load."""

import os
import random
import signal
import time

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tracker.supervise.proc import children

pytestmark = pytest.mark.long


def test_workers_killed_under_load(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, rng: random.Random
):
    """Acknowledged events are stored once, others at most once; most requests are served meanwhile."""
    recipients = company.add_leads(6)
    edge = stack.pids()["edge"]
    with load.running(recipients, rate=60):
        for _ in range(12):
            time.sleep(rng.uniform(0.1, 0.8))
            workers = children(edge)
            if workers:
                os.kill(rng.choice(workers), signal.SIGKILL)
    settle(company)

    assert len(ledger.unanswered) < len(ledger.entries) / 3
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)


def test_reloading_the_edge_fails_no_request(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers
):
    """SIGHUP, three times: new workers take over, requests in flight are completed."""
    recipients = company.add_leads(4)
    with load.running(recipients, rate=40):
        for _ in range(3):
            time.sleep(1.5)
            stack.kill("edge", signal.SIGHUP)
        time.sleep(2)
    settle(company)

    assert ledger.unanswered == []
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)


def test_keys_rotate_under_load(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Old links work, new ones are signed by the new key, no token is rejected."""
    recipients = company.add_leads(3)
    rejected = stack.deps.store.evidence.count({"kind": "rejected"})
    with load.running(recipients, rate=30):
        for _ in range(2):
            time.sleep(0.7)
            assert stack.leadlight("keys", "rotate").returncode == 0
    time.sleep(1.2)
    fresh = company.add_leads(2)
    load.walks([*recipients, *fresh])
    settle(company)

    assert not ledger.unanswered
    assert stack.deps.store.evidence.count({"kind": "rejected"}) == rejected
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
