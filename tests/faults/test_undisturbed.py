"""Nothing breaks: what the suite measures faults against."""

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle


def test_an_undisturbed_run_is_its_own_recount(company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers):
    """Every event once, every alert once, and counting anew from the evidence changes nothing."""
    recipients = company.add_leads(6)
    load.burst(recipients, 30)
    load.walks(recipients)
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    receivers.assert_each_delivered(company)
    assert_same_as_undisturbed(company)
