"""F22: a backlog of 100,000 events in the spool: current events are processed at once, and old ones raise no alert."""

from datetime import timedelta

import pytest

from tests.faults.rig.dataset import Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.receivers import Receivers
from tests.faults.rig.stack import FaultStack
from tests.faults.rig.state import settle
from tests.scenes import CHROME
from tracker.base.clock import to_ms
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.spool.file import write_file
from tracker.store.activity.event_codec import packed


@pytest.mark.long
@pytest.mark.parametrize("count", [5_000, 100_000])
def test_current_events_are_processed_while_a_backlog_drains(
    stack: FaultStack, company: Company, load: LoadGenerator, ledger: Ledger, receivers: Receivers, count: int
):
    """The current event is stored before most of the backlog and raises the only alert."""
    recipients = company.add_leads(20)
    past, now = recipients[:-1], recipients[-1]
    began = stack.deps.now() - timedelta(hours=3)
    rows = []
    for number in range(count):
        recipient, at = past[number % len(past)], to_ms(began + timedelta(milliseconds=20 * number % 7_000_000))
        values = {"id": new_id(), "agent": CHROME, "address": "198.18.0.1", "received": at, "at": at, "method": "GET", "headers": {}}
        rows.append(Capture(kind=CaptureKind.OPEN, workspace=company.workspace, message=recipient.message, **values))
    with stack.paused("drain"):
        for start in range(0, count, 25_000):
            write_file(stack.settings.spool_dir, rows[start : start + 25_000])
        entry = load.open(now)
    settle(company)

    assert entry.status == 200
    opens = {"w": bytes.fromhex(company.workspace), "k": "open"}
    stored = [bytes(row["m"]) for row in stack.deps.store.database.events.find(opens, {"m": 1}).sort("$natural", 1)]
    assert len(stored) == count + 1
    assert stored.index(packed(company.workspace, now.message)) <= count / 2
    assert len(receivers.hooks(company)) == 1
    assert [alert["lead"] for alert in company.listed("/alerts") if alert["state"] == "standing"] == [now.lead]
