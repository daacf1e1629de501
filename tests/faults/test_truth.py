"""The whole promise at once: servers killed under two hundred opens and clicks, then every process in turn."""

import os
import random
import signal
import threading
import time

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import SERVERS, FaultHouse
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tests.system.house import answers

pytestmark = pytest.mark.long


def test_servers_killed_under_two_hundred_opens_and_clicks(
    house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random
):
    """Mongod and valkey die by -9 meanwhile: all are answered 200 and 302, and all are there in the end."""
    letters = company.write_to(8)
    pids = house.pids()

    def kill_servers() -> None:
        for name in dice.sample(SERVERS, 2):
            time.sleep(dice.uniform(0.1, 1.2))
            os.kill(pids[name], signal.SIGKILL)

    killer = threading.Thread(target=kill_servers)
    killer.start()
    load.burst(letters, 200, rate=60)
    killer.join()
    load.walks(letters)
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)


def test_every_process_killed_in_turn(
    house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random
):
    """Whatever `leadlight ps` names is killed under load, one after the other."""
    letters = company.write_to(8)
    names = [name for name in house.pids() if name != "demo"]
    dice.shuffle(names)
    with load.behind(letters, rate=20):
        for name in names:
            time.sleep(dice.uniform(0.2, 1.5))
            house.kill(name)
            if name.startswith("edge"):
                house.wait_for(lambda: answers(house.settings.edge_port))
    house.lapse_leases()
    settle(company)

    assert_stored_once(company, ledger)
    told.assert_each_told(company, doubled=1)
    assert_same_as_undisturbed(company)


@pytest.mark.parametrize("and_workers", [True, False], ids=["all", "all but what they started"])
def test_everything_killed_at_once_and_started_again(
    house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, dice: random.Random, *, and_workers: bool
):
    """As if the power went: what was answered before is there after the next start."""
    letters = company.write_to(6)
    with load.behind(letters, rate=40):
        time.sleep(dice.uniform(0.5, 2))
        house.kill_everything(and_workers=and_workers)
        house.start()
    house.lapse_leases()
    settle(company)

    assert ledger.unanswered
    assert_stored_once(company, ledger)
    told.assert_each_told(company, doubled=3)
    assert_same_as_undisturbed(company)
