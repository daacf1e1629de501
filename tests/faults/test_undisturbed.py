"""A run without faults: the reference of the suite."""

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle


def test_a_recompute_after_an_undisturbed_run_changes_nothing(company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Every event and alert once, and a recompute from the evidence changes nothing."""
    recipients = company.add_leads(6)
    load.burst(recipients, 30)
    load.walks(recipients)
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
