"""F5: the notifier is killed after a receiver has the notice and before it is written down: sent again, under the same key."""

import contextlib
import os
import signal
import time

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultHouse
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tests.notifier.receivers import answer


def test_killed_between_the_post_and_the_note(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """One or two of each, never none; both under one key; and the other channels carry on."""
    [letter] = company.write_to(1)
    with house.paused("notify"):
        load.open(letter)
        house.wait_for(lambda: company.store.deliveries.count({"state": "due"}) == 3)
        said = house.crashing(at="before deliveries.update", module="notifier.main")
        assert said.startswith("crash before"), said
    house.lapse_leases()
    settle(company)

    assert_stored_once(company, ledger)
    assert company.store.deliveries.count({"state": "delivered"}) == 3
    told.assert_each_told(company, doubled=3)
    assert told.hooks(company).total() + told.letters(company).total() + told.slacks(company) > 3


@pytest.mark.long
def test_killed_while_the_receiver_thinks(house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Killed in the house itself, and nobody shortens the lease: within a minute it stands delivered."""

    def take_time(handler):
        time.sleep(2)
        with contextlib.suppress(OSError):
            answer(200)(handler)

    letters = company.write_to(2)
    told.hook.script = [take_time, take_time]
    pid = house.pids()["notify"]
    load.walk(letters[0])
    house.wait_for(lambda: told.slacks(company) + len(told.hooks(company)) >= 2)
    os.kill(pid, signal.SIGKILL)
    load.walk(letters[1])
    settle(company)

    assert_stored_once(company, ledger)
    told.assert_each_told(company, doubled=2)
    assert_same_as_undisturbed(company)
