"""A webhook that refuses: tried again for a day, then given up; what it missed arrives as one message once it works."""

import pytest
from standardwebhooks import Webhook

from notifier.routing import RETRIES
from tests.notifier.conftest import Desk
from tests.notifier.receivers import Mails, Receiver, answer
from tracker.actions.alerting import channels
from tracker.actions.alerting.receivers import receivers_of
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.rules.alerting.routes import deliveries_for

WEBHOOK, SLACK, EMAIL = ChannelName.WEBHOOK, ChannelName.SLACK, ChannelName.EMAIL
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def hours(desk: Desk, count: float) -> None:
    """Delivers what is due during the next hours."""
    end = desk.clock[0].timestamp() + count * 3600
    while (due := desk.deps.store.delivery_queue.next_due()) and due.timestamp() <= end:
        desk.clock[0] = max(due, desk.clock[0])
        desk.deliver()
    desk.pass_time(seconds=max(end - desk.clock[0].timestamp(), 0))


def routed(desk: Desk, **values):
    """An alert, with the delivery rows that a worker writes for it."""
    alert = desk.alert(**values)
    desk.store.deliveries.open_once(
        deliveries_for(alert, receivers_of(desk.deps, desk.deps.store.workspaces.get(desk.rep.workspace)), desk.clock[0])
    )
    return alert


def channel(desk: Desk):
    return desk.store.channels.named(desk.rep.id, WEBHOOK)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_refusals_of_hours_do_not_disable_a_webhook(desk: Desk, hook: Receiver, mails: Mails, status: int):
    """A deployment of an evening loses nothing: all alerts arrive, each once, and the rep was told early."""
    hook.otherwise = answer(status)
    desk.channel(WEBHOOK, url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    alerts = [desk.alert(WEBHOOK) for _ in range(3)]
    hours(desk, 6)
    assert (channel(desk).disabled_reason, channel(desk).failing_since is None) == (None, False)
    assert {desk.delivery(alert, WEBHOOK).state for alert in alerts} == {DeliveryState.DUE}
    assert [mail["Subject"] for mail in mails.mails] == ["Your webhook did not take an alert"]

    hook.otherwise, before = answer(200), len(hook.calls)
    hours(desk, 12)
    assert {desk.delivery(alert, WEBHOOK).state for alert in alerts} == {DeliveryState.DELIVERED}
    assert [call.json["type"] for call in hook.calls[before:]] == ["alert"] * 3
    assert (channel(desk).failing_since, channel(desk).failing_reason) == (None, None)


def test_a_410_ends_a_webhook_at_once(desk: Desk, hook: Receiver):
    """Its owner says that it is gone for good."""
    hook.otherwise = answer(410)
    desk.channel(WEBHOOK, url=hook.url)
    desk.alert(WEBHOOK)
    desk.deliver()
    assert "410" in channel(desk).disabled_reason
    assert len(hook.calls) == 1


def test_what_a_webhook_missed_arrives_as_one_message_after_repair(desk: Desk, hook: Receiver):
    """Signed; alerts from while it was given up too, without those that no longer stand; nothing is listed twice."""
    hook.otherwise = answer(404)
    desk.channel(WEBHOOK, url=hook.url, secret=SECRET)
    first = desk.alert(WEBHOOK)
    hours(desk, 30)
    assert len(hook.calls) == len(RETRIES) + 1
    assert "404" in channel(desk).disabled_reason
    second, gone = routed(desk, title="Dana Whitfield (Acme) sent a form"), routed(desk)
    desk.store.alerts.change(gone.id, state=AlertState.WITHDRAWN)
    hours(desk, 1)

    hook.calls.clear()
    hook.otherwise = answer(200)
    channels.set_channel(desk.deps, desk.lead.workspace, desk.rep.id, "webhook", {"url": hook.url, "secret": SECRET})
    channels.test_channel(desk.deps, desk.lead.workspace, desk.rep.id, "webhook")
    desk.deliver()
    test, missed = hook.calls
    assert (test.json["alert"]["rule"], missed.json["type"], missed.json["count"]) == ("test", "alerts.missed", 2)
    signature = Webhook(SECRET).sign(missed.json["id"], desk.clock[0], missed.body.decode())
    assert missed.headers["webhook-signature"] == signature
    assert missed.headers["webhook-id"] == missed.json["id"]
    assert [alert["id"] for alert in missed.json["alerts"]] == [first.id, second.id]
    listed = missed.json["alerts"][1]
    assert listed["lead"] == {"id": desk.lead.id, "name": "Dana Whitfield", "company": "Acme", "url": listed["lead"]["url"]}
    assert (listed["title"], listed["rule"], listed["at"]) == (second.title, "click", second.at.isoformat())
    assert desk.delivery(gone, WEBHOOK).state is DeliveryState.CANCELLED

    desk.alert(WEBHOOK)
    hours(desk, 1)
    assert [call.json["type"] for call in hook.calls[2:]] == ["alert"]


def test_after_an_outage_of_days_the_list_follows_the_first_alert_that_arrives(desk: Desk, hook: Receiver):
    """A server that was down is never given up, so that no rep has to repair the channel here."""
    hook.otherwise = answer(503)
    desk.channel(WEBHOOK, url=hook.url)
    missed = desk.alert(WEBHOOK)
    hours(desk, 40)
    assert desk.delivery(missed, WEBHOOK).state is DeliveryState.FAILED
    hook.calls.clear()
    hook.otherwise = answer(200)
    desk.alert(WEBHOOK)
    hours(desk, 1)
    assert [call.json["type"] for call in hook.calls] == ["alert", "alerts.missed"]


def test_a_list_that_fails_is_sent_again(desk: Desk, hook: Receiver):
    """The oldest of its alerts goes first, alone."""
    hook.otherwise = answer(503)
    desk.channel(WEBHOOK, url=hook.url)
    missed = [desk.alert(WEBHOOK), desk.alert(WEBHOOK)]
    hours(desk, 40)
    hook.calls.clear()
    hook.script = [answer(200), answer(503)]
    hook.otherwise = answer(200)
    desk.alert(WEBHOOK, rule=AlertRule.TEST)
    hours(desk, 1)
    assert [call.json["type"] for call in hook.calls] == ["alert", "alerts.missed", "alert", "alerts.missed"]
    assert {desk.delivery(alert, WEBHOOK).state for alert in missed} == {DeliveryState.DELIVERED}


def test_slack_gets_what_it_missed_as_a_digest(desk: Desk, hook: Receiver):
    """An app that was removed and added again."""
    hook.otherwise = answer(404)
    desk.channel(SLACK, webhook_url=hook.url)
    desk.alert(SLACK)
    desk.deliver()
    routed(desk)
    hook.otherwise = answer(200)
    desk.alert(SLACK, rule=AlertRule.TEST)
    desk.deliver()
    assert hook.calls[-1].json["text"].startswith("Missed: 2 alerts from 1 lead.")


def test_an_alert_that_is_refused_alone_does_not_end_the_channel(desk: Desk, hook: Receiver):
    """Others are accepted meanwhile; the one that was refused is listed in the end."""
    desk.channel(WEBHOOK, url=hook.url)
    refused = desk.alert(WEBHOOK)

    def refuses_one(handler) -> None:
        answer(422 if hook.calls[-1].json.get("alert", {}).get("id") == refused.id else 200)(handler)

    hook.otherwise = refuses_one
    for _ in range(20):
        hours(desk, 2)
        desk.alert(WEBHOOK)
    assert channel(desk).disabled_reason is None
    (missed,) = [call.json for call in hook.calls if call.json["type"] == "alerts.missed"]
    assert [alert["id"] for alert in missed["alerts"]] == [refused.id]
