"""F5: the notifier is killed after delivery and before it records it: it sends again, with the same key."""

import contextlib
import os
import signal
import time

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle
from tests.notifier.receivers import answer


def test_killed_between_the_post_and_the_note(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers
):
    """Each receiver gets one or two, both with the same key; other channels are not affected."""
    [recipient] = company.add_leads(1)
    with stack.paused("notify"):
        load.open(recipient)
        stack.wait_for(lambda: company.store.deliveries.count({"state": "due"}) == 3)
        said = stack.crashing(at="before deliveries.update", module="notifier.main")
        assert said.startswith("crash before"), said
    stack.expire_leases()
    settle(company)

    assert_stored_once(company, ledger)
    assert company.store.deliveries.count({"state": "delivered"}) == 3
    receivers.assert_each_delivered(company, duplicates=3)
    assert receivers.hooks(company).total() + receivers.mails_of(company).total() + receivers.slacks(company) > 3


@pytest.mark.long
def test_killed_while_the_receiver_thinks(stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Killed in the stack itself, with the normal lease: delivered within a minute."""

    def take_time(handler):
        time.sleep(2)
        with contextlib.suppress(OSError):
            answer(200)(handler)

    recipients = company.add_leads(2)
    receivers.hook.script = [take_time, take_time]
    pid = stack.pids()["notify"]
    load.walk(recipients[0])
    stack.wait_for(lambda: receivers.slacks(company) + len(receivers.hooks(company)) >= 2)
    os.kill(pid, signal.SIGKILL)
    load.walk(recipients[1])
    settle(company)

    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company, duplicates=2)
    assert_same_as_undisturbed(company)
