"""F1, F20, F23: edge workers killed, the edge reloaded, keys rotated, all under load."""

import os
import random
import signal
import time

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultHouse
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tracker.supervise.proc import children

pytestmark = pytest.mark.long


def test_workers_killed_under_load(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random):
    """What was answered is there, what was not is there once or not at all; the next click is answered within a second or so."""
    letters = company.write_to(6)
    edge = house.pids()["edge"]
    with load.behind(letters, rate=60):
        for _ in range(12):
            time.sleep(dice.uniform(0.1, 0.8))
            workers = children(edge)
            if workers:
                os.kill(dice.choice(workers), signal.SIGKILL)
    settle(company)

    assert len(ledger.unanswered) < len(ledger.entries) / 3
    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)


def test_reloading_the_edge_fails_no_request(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """HUP, three times: new workers take over, requests under way are answered."""
    letters = company.write_to(4)
    with load.behind(letters, rate=40):
        for _ in range(3):
            time.sleep(1.5)
            house.kill("edge", signal.SIGHUP)
        time.sleep(2)
    settle(company)

    assert ledger.unanswered == []
    assert_stored_once(company, ledger)
    told.assert_each_told(company)


def test_keys_rotate_under_load(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Old links go on working, new ones are signed by the new key, no token is refused."""
    letters = company.write_to(3)
    rejected = house.deps.store.evidence.count({"kind": "rejected"})
    with load.behind(letters, rate=30):
        for _ in range(2):
            time.sleep(0.7)
            assert house.leadlight("keys", "rotate").returncode == 0
    time.sleep(1.2)
    fresh = company.write_to(2)
    load.walks([*letters, *fresh])
    settle(company)

    assert not ledger.unanswered
    assert house.deps.store.evidence.count({"kind": "rejected"}) == rejected
    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)
