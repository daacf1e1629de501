"""Digests and held alerts through real receivers, by the test's clock: each alert arrives once, or is withdrawn or taken before."""

from datetime import UTC, datetime, timedelta

from tests.notifier.conftest import Desk
from tests.notifier.receivers import Mails, Receiver, answer
from tracker.actions.alerting.alerts import mark, take
from tracker.actions.alerting.receivers import receivers_of
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.alerting.preferences import SHIPPED
from tracker.rules.alerting.routes import deliveries_for

POSTED = answer(200, b'{"ok": true, "channel": "C1", "ts": "17.2"}')
EMAIL, SLACK = ChannelName.EMAIL, ChannelName.SLACK


def routed(desk: Desk, **values):
    """An alert with the rows that a worker writes for it."""
    alert = desk.alert(**values)
    receivers = receivers_of(desk.deps, desk.deps.store.workspaces.get(alert.workspace))
    desk.store.deliveries.open_once(deliveries_for(alert, receivers, desk.clock[0]))
    return alert


def states(desk: Desk, alerts, channel: ChannelName):
    return [(found := desk.delivery(alert, channel)).state.value + (f": {found.error}" if found.error else "") for alert in alerts]


def test_a_night_and_the_morning_after(desk: Desk, hook: Receiver, mails: Mails):
    """A form arrives at once. Of five others one is withdrawn, one taken in the console, one done; the digest of the morning has the other two."""
    desk.deps.store.workspaces.change(desk.rep.workspace, alert_preferences=SHIPPED)
    desk.clock[0] = datetime(2027, 3, 15, 22, 0, tzinfo=UTC)
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="xoxb-1", channel="#sales")
    desk.channel(EMAIL, address="rita@northwind.example")
    form = routed(desk, rule=AlertRule.FORM)
    late = [routed(desk, cause=str(number)) for number in range(5)]
    desk.deliver()

    assert states(desk, [form, *late], SLACK) == ["delivered"] + ["due"] * 5
    assert states(desk, [form, *late], EMAIL) == ["delivered"] + ["due"] * 5
    assert desk.deps.store.delivery_queue.next_due() == datetime(2027, 3, 16, 8, 0, tzinfo=UTC)

    desk.withdraw(late[0])
    assert [alert.taken_by for alert in take(desk.deps, desk.rep.workspace, [late[1].id], rep=desk.rep.id)] == [desk.rep.id]
    assert take(desk.deps, desk.rep.workspace, [late[1].id], rep="other") == []
    mark(desk.deps, desk.rep.workspace, [late[2].id], "done", rep=desk.rep.id)
    before = len(hook.calls)
    desk.clock[0] = datetime(2027, 3, 16, 8, 0, tzinfo=UTC)
    desk.deliver()

    ended = ["cancelled", "cancelled: taken before", "cancelled: taken before", "delivered", "delivered"]
    assert states(desk, late, SLACK) == ended
    assert states(desk, late, EMAIL) == ended
    assert len(hook.calls) == before + 1
    assert "2 alerts from 1 lead" in hook.calls[-1].body.decode()
    assert len(mails.mails) == 2


def test_an_alert_that_becomes_loud_does_not_wait_for_the_digest(desk: Desk, hook: Receiver):
    """It was for the next digest; loud, it is due as a new one would be. A row that is out of the queue stays as it is."""
    desk.deps.store.workspaces.change(desk.rep.workspace, alert_preferences=SHIPPED)
    desk.clock[0] = datetime(2027, 3, 15, 12, 20, tzinfo=UTC)
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="xoxb-1", channel="#sales")
    alert = routed(desk, priority=Priority.DIGEST)
    assert desk.delivery(alert, SLACK).due_at == datetime(2027, 3, 15, 13, 0, tzinfo=UTC)

    loud = desk.change(alert, priority=Priority.LOUD)
    receivers = receivers_of(desk.deps, desk.deps.store.workspaces.get(alert.workspace))
    rows = deliveries_for(loud, receivers, desk.clock[0])
    assert desk.store.deliveries.hasten(rows)
    desk.deliver()

    assert desk.delivery(alert, SLACK).state is DeliveryState.DELIVERED
    assert not desk.store.deliveries.hasten(rows)


def test_taken_shows_in_the_message_that_was_sent(desk: Desk, hook: Receiver):
    """*On it* in the console edits the message in Slack."""
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="xoxb-1", channel="#sales")
    alert = routed(desk)
    desk.deliver()
    take(desk.deps, desk.rep.workspace, [alert.id], rep=desk.rep.id)
    desk.clock[0] += timedelta(seconds=10)
    desk.deliver()

    assert "On it: Rita" in hook.calls[-1].body.decode()
    assert hook.calls[-1].path.endswith("chat.update")
