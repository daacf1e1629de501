"""Nothing breaks: what the suite measures faults against."""

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle


def test_an_undisturbed_run_is_its_own_recount(company: Company, load: Load, ledger: Ledger, told: Receivers):
    """Every event once, every alert once, and counting anew from the evidence changes nothing."""
    letters = company.write_to(6)
    load.burst(letters, 30)
    load.walks(letters)
    settle(company)

    assert not ledger.unanswered
    assert_stored_once(company, ledger)
    told.assert_each_told(company)
    assert_same_as_undisturbed(company)
