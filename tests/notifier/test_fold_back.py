"""Withdrawn alerts: what each channel receives once an alert that it delivered is withdrawn, or stands again."""

import pytest
from standardwebhooks import Webhook

from notifier.routing import ALERT_LAG
from tests.notifier.conftest import Desk
from tests.notifier.receivers import Mails, Receiver, answer
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, Priority, WithdrawnReason
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.store.alerting.delivery_queue import LEASE

SLACK, EMAIL, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.WEBHOOK
POSTED = answer(200, b'{"ok": true, "channel": "C1", "ts": "17.2"}')
PAST = "Dana Whitfield (Acme) was on Pricing, 05:00"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def deliver_later(desk: Desk) -> None:
    """Delivers what is due within the next seconds."""
    desk.pass_time(seconds=3)
    desk.deliver()


def webhook_bodies(hook: Receiver) -> list[tuple[str, int, str]]:
    return [(call.json["type"], call.json["alert"]["revision"], call.headers["webhook-id"]) for call in hook.calls]


def test_slack_is_edited_and_edited_back(desk: Desk, hook: Receiver):
    """The message says that it was an automatic request; once the alert stands again, it has its text again."""
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="x", channel="#sales")
    alert = desk.alert(SLACK, past=PAST)
    desk.deliver()
    withdrawn = desk.withdraw(alert)
    deliver_later(desk)
    desk.restore(withdrawn)
    deliver_later(desk)
    desk.pass_time(minutes=5)
    assert desk.deliver() == 0

    assert [call.path for call in hook.calls] == ["/api/chat.postMessage", "/api/chat.update", "/api/chat.update"]
    assert [call.json.get("ts") for call in hook.calls] == [None, "17.2", "17.2"]
    assert hook.calls[1].json["text"] == f"Withdrawn: {PAST}. This was an automatic request, not a person."
    assert hook.calls[2].json["text"] == hook.calls[0].json["text"]
    row = desk.delivery(alert, SLACK)
    assert (row.state, row.revision, row.attempts) == (DeliveryState.DELIVERED, 2, 1)


def test_an_incoming_webhook_of_slack_receives_nothing(desk: Desk, hook: Receiver):
    """Its messages cannot be edited, and a second message would be one more alert."""
    desk.channel(SLACK, webhook_url=hook.url)
    alert = desk.alert(SLACK)
    desk.deliver()
    desk.withdraw(alert)
    deliver_later(desk)

    assert len(hook.calls) == 1
    assert desk.delivery(alert, SLACK).state is DeliveryState.DELIVERED


def test_a_webhook_receives_the_withdrawal_and_the_alert_again(desk: Desk, hook: Receiver):
    """Signed, each message with an id of its own, each revision higher than the last. A change of the text is not sent."""
    desk.channel(WEBHOOK, url=hook.url, secret=SECRET)
    alert = desk.alert(WEBHOOK)
    desk.deliver()
    alert = desk.change(alert, text="More.")
    deliver_later(desk)
    assert len(hook.calls) == 1
    alert = desk.withdraw(alert, WithdrawnReason.OWN)
    deliver_later(desk)
    alert = desk.restore(alert)
    deliver_later(desk)
    desk.pass_time(minutes=5)
    assert desk.deliver() == 0

    assert [(kind, revision) for kind, revision, _ in webhook_bodies(hook)] == [("alert", 0), ("alert.withdrawn", 2), ("alert", 3)]
    assert len({key for _, _, key in webhook_bodies(hook)}) == 3
    sent = hook.calls[1].json["alert"]
    assert (sent["id"], sent["reason"], sent["title"]) == (alert.id, "own", f"Withdrawn: {alert.title}")
    headers = hook.calls[1].headers
    [signature] = headers["webhook-signature"].split()
    expected = Webhook(SECRET).sign(headers["webhook-id"], desk.clock[0].replace(minute=0, second=6), hook.calls[1].body.decode())
    assert signature == expected


def test_a_withdrawal_that_is_taken_back_at_once_is_not_sent(desk: Desk, hook: Receiver):
    """The program has never heard of it."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK)
    desk.deliver()
    desk.restore(desk.withdraw(alert))
    deliver_later(desk)

    assert len(hook.calls) == 1
    assert desk.delivery(alert, WEBHOOK).state is DeliveryState.DELIVERED


def test_a_refused_withdrawal_is_tried_again_with_the_same_id(desk: Desk, hook: Receiver):
    """Also days after the alert."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK)
    desk.deliver()
    desk.pass_time(days=3)
    hook.script = [answer(500), answer(503)]
    desk.withdraw(alert)
    desk.deliver()
    for _ in range(2):
        desk.clock[0] = desk.deps.store.delivery_queue.next_due()
        desk.deliver()

    assert [kind for kind, _, _ in webhook_bodies(hook)] == ["alert", *["alert.withdrawn"] * 3]
    assert len({key for kind, _, key in webhook_bodies(hook) if kind == "alert.withdrawn"}) == 1


@pytest.mark.parametrize("channel", [SLACK, WEBHOOK])
def test_an_alert_that_is_withdrawn_during_its_delivery_is_corrected(desk: Desk, hook: Receiver, channel: ChannelName):
    """The worker found no delivered row."""
    config = {"bot_token": "x", "channel": "#sales"} if channel is SLACK else {"url": hook.url}

    def withdraw_meanwhile(handler):
        desk.withdraw(alert)
        POSTED(handler)

    hook.script, hook.otherwise = [withdraw_meanwhile], POSTED
    desk.channel(channel, **config)
    alert = desk.alert(channel)
    desk.deliver()
    deliver_later(desk)

    assert len(hook.calls) == 2
    assert b"Withdrawn: " in hook.calls[1].body
    assert desk.delivery(alert, channel).revision == 1


@pytest.mark.parametrize("channel", [SLACK, WEBHOOK])
def test_a_withdrawal_is_sent_though_worker_or_notifier_are_killed(desk: Desk, hook: Receiver, channel: ChannelName):
    """The worker between the deliveries and the alert, the notifier after its claim."""
    hook.otherwise = POSTED
    desk.channel(channel, **({"bot_token": "x", "channel": "#sales"} if channel is SLACK else {"url": hook.url}))
    alert = desk.alert(channel)
    desk.deliver()
    withdrawn = desk.change(alert, text="More.")
    deliver_later(desk)
    before = len(hook.calls)
    later = _withdrawn(withdrawn)
    desk.announce(later, withdrawn)  # the worker is killed here
    deliver_later(desk)
    assert len(hook.calls) == before
    desk.pass_time(seconds=ALERT_LAG.total_seconds())
    desk.deliver()
    assert desk.delivery(alert, channel).state is DeliveryState.DELIVERED

    desk.withdraw(withdrawn)  # the next recompute
    assert desk.deps.store.delivery_queue.claim(desk.clock[0]) is not None  # the notifier is killed here
    desk.pass_time(seconds=LEASE.total_seconds())
    desk.deliver()
    desk.pass_time(minutes=10)
    desk.deliver()

    assert len(hook.calls) == before + 1
    assert b"Withdrawn: " in hook.calls[-1].body


def test_a_program_that_may_have_received_the_alert_is_told(desk: Desk, hook: Receiver):
    """The notifier was killed during the try, so that its result is unknown."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK)
    assert desk.deps.store.delivery_queue.claim(desk.clock[0]) is not None
    desk.withdraw(alert)
    desk.pass_time(seconds=LEASE.total_seconds())
    desk.deliver()
    desk.pass_time(minutes=10)
    assert desk.deliver() == 0

    assert [kind for kind, _, _ in webhook_bodies(hook)] == ["alert.withdrawn"]
    assert desk.delivery(alert, WEBHOOK).state is DeliveryState.DELIVERED


def test_the_next_alert_email_names_alerts_that_are_withdrawn_since(desk: Desk, mails: Mails):
    """Once, in an alert of any lead; a test does not, and alerts that were never sent are not named."""
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(EMAIL, past=PAST)
    desk.deliver()
    withdrawn = desk.withdraw(alert)
    desk.withdraw(desk.alert(EMAIL, title="Never sent"))
    deliver_later(desk)
    assert len(mails.mails) == 1
    for values in ({"rule": AlertRule.TEST}, {}, {}):
        desk.alert(EMAIL, **values)
        deliver_later(desk)
    texts = [mail.get_body(("plain",)).get_content() for mail in mails.mails]

    line = f"Withdrawn since then: {PAST}. This was an automatic request, not a person."
    assert [line in text for text in texts] == [False, False, True, False]
    assert not any("Never sent" in text for text in texts)
    assert line in mails.mails[2].get_body(("html",)).get_content()

    desk.withdraw(desk.restore(withdrawn))
    desk.alert(EMAIL)
    deliver_later(desk)
    assert line in mails.mails[-1].get_body(("plain",)).get_content(), "it was withdrawn a second time"


def test_a_digest_email_names_withdrawn_alerts_too(desk: Desk, mails: Mails):
    """After its own alerts. A try that the mail server refuses does not use the lines up."""
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(EMAIL, past=PAST)
    desk.deliver()
    desk.withdraw(alert)
    for _ in range(4):
        desk.alert(EMAIL)
    mails.data.append("451 later")
    desk.pass_time(seconds=10)
    desk.deliver()
    desk.pass_time(minutes=1)
    desk.deliver()

    [text] = [mail.get_body(("plain",)).get_content() for mail in mails.mails[1:]]
    assert text.startswith("4 alerts from 1 lead")
    assert f"Withdrawn since then: {PAST}" in text


def test_the_next_message_in_slack_corrects_a_digest(desk: Desk, hook: Receiver):
    """A digest is not edited, because it has other alerts. An edit of the next message keeps the line, and no later one repeats it."""
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="x", channel="#sales")
    wrong, *_ = [desk.alert(SLACK, past=PAST) for _ in range(4)]
    desk.pass_time(seconds=10)
    desk.deliver()
    assert "4 alerts from 1 lead" in hook.calls[0].json["text"]
    desk.withdraw(wrong)
    deliver_later(desk)
    assert len(hook.calls) == 1
    desk.pass_time(minutes=2)
    following = desk.alert(SLACK)
    desk.deliver()
    desk.change(following, text="More.")
    deliver_later(desk)
    desk.alert(SLACK)
    deliver_later(desk)

    line = f"Withdrawn since then: {PAST}. This was an automatic request, not a person."
    paths = ["postMessage", "postMessage", "update", "postMessage"]
    assert [call.path.rpartition(".")[2] for call in hook.calls] == paths
    assert [line in call.body.decode() for call in hook.calls] == [False, True, True, False]


def test_the_next_message_of_an_incoming_webhook_corrects_the_last(desk: Desk, hook: Receiver):
    """Once, and only what that receiver had."""
    desk.channel(SLACK, webhook_url=hook.url)
    alert, other = desk.alert(SLACK, past=PAST), desk.alert(EMAIL, past="Other")
    desk.deliver()
    for wrong in (alert, other):
        desk.withdraw(wrong)
    for _ in range(2):
        desk.alert(SLACK)
        deliver_later(desk)

    assert [f"Withdrawn since then: {PAST}" in call.body.decode() for call in hook.calls] == [False, True, False]
    assert not any("Other" in call.body.decode() for call in hook.calls)


def test_a_withdrawn_alert_that_was_not_sent_is_sent_if_it_stands_again(desk: Desk, hook: Receiver, mails: Mails):
    """In the past tense by then."""
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(EMAIL, past=PAST)
    withdrawn = desk.withdraw(alert)
    assert desk.deliver() == 0
    desk.pass_time(hours=1)
    desk.restore(withdrawn)
    desk.deliver()

    assert [mail["Subject"] for mail in mails.mails] == [PAST]


def test_a_raised_priority_reaches_programs(desk: Desk, hook: Receiver):
    """They decide by it."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK, priority=Priority.QUIET)
    desk.deliver()
    desk.change(alert, priority=Priority.LOUD)
    deliver_later(desk)

    assert [(call.json["type"], call.json["alert"]["priority"]) for call in hook.calls] == [("alert", "quiet"), ("alert", "loud")]


def _withdrawn(alert: Alert) -> Alert:
    return Alert(
        **{name: getattr(alert, name) for name in alert.__struct_fields__} | {"state": AlertState.WITHDRAWN, "revision": alert.revision + 1}
    )
