"""F22: a hundred thousand events wait in the spool: what happens now is seen at once, and nobody is rung for what is long past."""

import time
from datetime import timedelta

import pytest

from tests.faults.company import Company
from tests.faults.house import FaultHouse
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.receivers import Receivers
from tests.faults.state import settle
from tests.scenes import CHROME
from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.domain.captures import Capture, CaptureKind
from tracker.ingest.spoolfile import write_file

_SEEN_WITHIN = 5.0


@pytest.mark.long
@pytest.mark.parametrize("count", [5_000, 100_000])
def test_what_happens_now_is_seen_while_a_backlog_drains(
    house: FaultHouse, company: Company, load: Load, ledger: Ledger, told: Receivers, count: int
):
    """Visible within five seconds, the backlog drained and counted, not one late ring."""
    letters = company.write_to(20)
    past, now = letters[:-1], letters[-1]
    began = house.deps.now() - timedelta(hours=3)
    rows = []
    for number in range(count):
        letter, at = past[number % len(past)], to_ms(began + timedelta(milliseconds=20 * number % 7_000_000))
        values = {"id": new_id(), "agent": CHROME, "address": "198.18.0.1", "received": at, "at": at, "method": "GET", "headers": {}}
        rows.append(Capture(kind=CaptureKind.OPEN, workspace=company.workspace, message=letter.message, **values))
    with house.paused("drain"):
        for start in range(0, count, 25_000):
            write_file(house.settings.spool_dir, rows[start : start + 25_000])
    entry = load.open(now)
    sent = time.monotonic()
    house.wait_for(lambda: any(e.kind == "open" for e in company.store.events.of_lead(now.lead)), 30)
    took = time.monotonic() - sent
    settle(company, 60)

    assert entry.status == 200
    assert took < _SEEN_WITHIN
    assert (
        sum(1 for _ in house.deps.store.database.events.find({"w": bytes.fromhex(company.workspace), "k": "open"}, {"_id": 1})) == count + 1
    )
    assert len(told.hooks(company)) == 1
    assert [alert["lead"] for alert in company.listed("/alerts") if alert["state"] == "standing"] == [now.lead]
