"""Where reps see only their own leads, a former owner receives no more alerts about a lead."""

import msgspec
import pytest

from tests.notifier.conftest import WORKSPACE, Desk
from tests.notifier.receivers import Receiver, answer
from tracker.base.ids import new_id
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Role

SLACK = ChannelName.SLACK
POSTED = answer(200, b'{"ok": true, "channel": "C1", "ts": "17.2"}')


@pytest.fixture
def narrow(desk: Desk) -> Desk:
    """The rep is no admin, and reps see only their own leads."""
    workspace = desk.deps.store.workspaces.get(WORKSPACE)
    policy = msgspec.structs.replace(workspace.policy, reps_see="own")
    desk.deps.store.workspaces.change(WORKSPACE, policy=policy)
    desk.rep = desk.store.reps.change(desk.rep.id, role=Role.REP)
    return desk


def test_a_waiting_alert_is_not_sent(narrow: Desk, hook: Receiver) -> None:
    """The lead was reassigned before the delivery was due: it ends with the reason."""
    narrow.channel(SLACK, webhook_url=hook.url)
    alert = narrow.alert(SLACK)
    narrow.store.leads.change(narrow.lead.id, owner="colleague")
    narrow.deliver()

    row = narrow.delivery(alert, SLACK)
    assert hook.calls == []
    assert (row.state, row.error) == (DeliveryState.CANCELLED, "the lead is another rep's now")


def test_a_delivered_message_is_not_edited(narrow: Desk, hook: Receiver) -> None:
    """Later actions of the lead are visible to the new owner only; the message stays unchanged and is not retried."""
    hook.script = [POSTED]
    narrow.channel(SLACK, bot_token="xoxb-1", channel="C1")
    alert = narrow.alert(SLACK)
    narrow.deliver()
    narrow.store.leads.change(narrow.lead.id, owner="colleague")
    narrow.pass_time(seconds=60)
    changed = narrow.change(alert, text="And now on the secret page.")
    narrow.deliver()

    row = narrow.delivery(alert, SLACK)
    assert len(hook.calls) == 1
    assert (row.state, row.revision) == (DeliveryState.DELIVERED, changed.revision)


def test_a_digest_excludes_it(narrow: Desk, hook: Receiver) -> None:
    """It contains only alerts about leads that the rep may see."""
    narrow.channel(SLACK, webhook_url=hook.url)
    gone = narrow.store.leads.add(
        Lead(
            id=new_id(),
            workspace=WORKSPACE,
            email="gone@acme.example",
            name="Gone",
            owner="colleague",
            created_at=narrow.clock[0],
            updated_at=narrow.clock[0],
        )
    )
    kept = [narrow.alert(SLACK) for _ in range(4)]
    hidden = narrow.alert(SLACK, lead=gone.id, title="Gone is on the secret page")
    narrow.pass_time(seconds=60)
    narrow.deliver()

    assert "secret" not in "".join(str(call.body) for call in hook.calls)
    assert narrow.delivery(hidden, SLACK).state is DeliveryState.CANCELLED
    assert {narrow.delivery(alert, SLACK).state for alert in kept} == {DeliveryState.DELIVERED}


def test_alerts_about_own_and_unassigned_leads_and_tests_are_sent(narrow: Desk, hook: Receiver) -> None:
    """As without the restriction."""
    narrow.channel(SLACK, webhook_url=hook.url)
    own, test = narrow.alert(SLACK), narrow.alert(SLACK, lead="", rule=AlertRule.TEST)
    narrow.deliver()
    narrow.store.leads.change(narrow.lead.id, owner=None)
    nobodys = narrow.alert(SLACK)
    narrow.pass_time(seconds=60)
    narrow.deliver()

    assert {narrow.delivery(alert, SLACK).state for alert in (own, test, nobodys)} == {DeliveryState.DELIVERED}
