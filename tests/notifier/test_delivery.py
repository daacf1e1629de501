"""Deliveries: tries, pauses, failures, edits and digests, with the test's clock and in the test's thread."""

from datetime import timedelta

import pytest

from notifier.routing import DIGEST_WAIT, RATES, RETRIES
from tests.notifier.conftest import START, WORKSPACE, Desk
from tests.notifier.receivers import Mails, Receiver, answer, drip, hang
from tracker.domain.alerting.alarm import AlarmKind
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryResult, DeliveryState
from tracker.domain.alerting.payload import AlertPayload
from tracker.domain.workspace.mail_server import MailServer
from tracker.store.alerting.delivery_queue import LEASE
from workers.periodic.past_titles import tell_past

SLACK, EMAIL, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.WEBHOOK
POSTED = answer(200, b'{"ok": true, "channel": "C1", "ts": "17.2"}')


def slack_says(error: str, status: int = 200, **headers: str):
    return answer(status, b'{"ok": false, "error": "%s"}' % error.encode(), **headers)


def test_each_channel_gets_one_notice_and_times_are_recorded(desk: Desk, hook: Receiver, mails: Mails):
    """A second run finds nothing to deliver."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(SLACK, EMAIL)
    desk.pass_time(seconds=1)
    assert [desk.deliver(), desk.deliver()] == [2, 0]
    row = desk.delivery(alert, SLACK)

    assert (len(hook.calls), len(mails.mails)) == (1, 1)
    assert (row.state, row.attempts, row.at, row.first_try_at, row.error) == (
        DeliveryState.DELIVERED,
        1,
        desk.clock[0],
        desk.clock[0],
        None,
    )
    times = desk.store.alerts.get(alert.id).times
    assert (times.first_try, times.delivered) == (desk.clock[0], desk.clock[0])
    assert desk.store.channels.named(desk.rep.id, SLACK).checked_at == desk.clock[0]


def test_a_withdrawn_alert_is_not_sent(desk: Desk, hook: Receiver):
    """The delivery is cancelled, without a try."""
    desk.channel(SLACK, webhook_url=hook.url)
    alert = desk.alert(SLACK, state=AlertState.WITHDRAWN)
    desk.deliver()

    assert hook.calls == []
    assert (desk.delivery(alert, SLACK).state, desk.delivery(alert, SLACK).attempts) == (DeliveryState.CANCELLED, 0)


@pytest.mark.parametrize("failure", [answer(500), answer(503), answer(302, Location="/x"), answer(408), hang, drip], ids=range(6))
def test_transient_failures_are_retried_on_schedule(desk: Desk, hook: Receiver, failure):
    """5 s, 30 s and 2 min later, with the same id, until the receiver accepts it."""
    hook.script = [failure] * 3
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK)
    for wait in RETRIES[:3]:
        desk.deliver()
        row = desk.delivery(alert, WEBHOOK)
        assert (row.state, row.due_at) == (DeliveryState.DUE, desk.clock[0] + wait)
        assert row.error
        desk.clock[0] += wait - timedelta(milliseconds=1)
        assert desk.deliver() == 0
        desk.pass_time(milliseconds=1)
    desk.deliver()

    assert (desk.delivery(alert, WEBHOOK).state, desk.delivery(alert, WEBHOOK).attempts) == (DeliveryState.DELIVERED, 4)
    assert desk.delivery(alert, WEBHOOK).first_try_at == START
    tries = desk.delivery(alert, WEBHOOK).tries
    assert [one.result for one in tries] == [DeliveryResult.FAILED] * 3 + [DeliveryResult.DELIVERED]
    assert [one.next_at - one.at for one in tries[:3]] == list(RETRIES[:3])
    assert all(one.reason for one in tries[:3])
    assert len({call.headers["webhook-id"] for call in hook.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in hook.calls}) == 4


def test_after_a_day_of_tries_the_failure_is_reported_by_email(desk: Desk, hook: Receiver, mails: Mails):
    """The report contains the alert; the channel stays enabled."""
    hook.otherwise = answer(500)
    desk.channel(WEBHOOK, url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(WEBHOOK)
    for _ in range(30):
        desk.deliver()
        desk.clock[0] = desk.deps.store.delivery_queue.next_due() or desk.clock[0]

    assert desk.delivery(alert, WEBHOOK).state is DeliveryState.FAILED
    assert [one.result for one in desk.delivery(alert, WEBHOOK).tries[-2:]] == [DeliveryResult.FAILED, DeliveryResult.GIVEN_UP]
    assert len(hook.calls) == len(RETRIES) + 1
    assert mails.mails[0]["Subject"] == "Your webhook did not take an alert"
    assert "Dana Whitfield (Acme) is on Pricing" in mails.mails[0].get_body(("plain",)).get_content()
    assert desk.store.channels.named(desk.rep.id, WEBHOOK).disabled_reason is None


@pytest.mark.parametrize("failure", [answer(404), answer(410), answer(403)], ids=["404", "410", "403"])
def test_a_permanent_error_disables_the_channel_and_is_reported(desk: Desk, hook: Receiver, mails: Mails, failure):
    """By a toast and by e-mail, with the alert that was not delivered."""
    hook.otherwise = failure
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    first, second = desk.alert(SLACK), desk.alert(SLACK)
    desk.deliver()
    reason = desk.store.channels.named(desk.rep.id, SLACK).disabled_reason
    toasts = [entry.message for entry in desk.deps.bus.follow(WORKSPACE, "0-0", 10) if isinstance(entry.message, AlertPayload)]

    assert reason.startswith("Slack's webhook ")
    assert [desk.delivery(alert, SLACK).state for alert in (first, second)] == [DeliveryState.FAILED] * 2
    assert len(hook.calls) == 1
    assert [mail["Subject"] for mail in mails.mails] == ["Slack no longer takes your alerts"]
    assert "Not delivered: Dana Whitfield" in mails.mails[0].get_body(("plain",)).get_content()
    assert [(toast.title, toast.rep) for toast in toasts] == [("Slack no longer takes your alerts", desk.rep.id)]


def test_without_an_email_channel_the_address_of_the_rep_is_used(desk: Desk, hook: Receiver, mails: Mails):
    """For the team, the addresses of the admins are used."""
    hook.otherwise = answer(410)
    desk.channel(SLACK, rep=None, webhook_url=hook.url)
    desk.alert(SLACK, rep=None)
    desk.deliver()

    assert mails.mails[0].recipients == ["rita@northwind.example"]
    assert mails.mails[0]["Subject"] == "Slack no longer takes the team's alerts"


def test_a_successful_test_enables_the_channel(desk: Desk, hook: Receiver):
    """A failed test keeps it disabled, without a report by e-mail."""
    hook.script = [answer(410), answer(410)]
    channel = desk.channel(SLACK, webhook_url=hook.url)
    desk.alert(SLACK)
    desk.deliver()
    desk.alert(SLACK, rule=AlertRule.TEST)
    desk.deliver()
    assert desk.store.channels.get(channel.id).disabled_reason
    desk.alert(SLACK, rule=AlertRule.TEST)
    desk.deliver()

    assert desk.store.channels.get(channel.id).disabled_reason is None
    assert [call.json["text"].partition(":")[0] for call in hook.calls[2:]] == ["Test", "Missed"]


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "channel_not_found", "not_in_channel", "token_revoked"])
def test_slack_errors_that_the_rep_must_fix_disable_the_channel(desk: Desk, hook: Receiver, error):
    """The reason is a sentence instead of the error code."""
    hook.otherwise = slack_says(error)
    desk.channel(SLACK, bot_token="xoxb-1", channel="C1")
    alert = desk.alert(SLACK)
    desk.deliver()

    assert desk.delivery(alert, SLACK).state is DeliveryState.FAILED
    assert error not in desk.store.channels.named(desk.rep.id, SLACK).disabled_reason


@pytest.mark.parametrize("failure", [slack_says("internal_error"), answer(502, b"<html>"), answer(200, b"<html>"), hang], ids=range(4))
def test_transient_slack_errors_are_retried(desk: Desk, hook: Receiver, failure):
    """The channel stays enabled."""
    hook.script, hook.otherwise = [failure], POSTED
    desk.channel(SLACK, bot_token="xoxb-1", channel="C1")
    alert = desk.alert(SLACK)
    desk.deliver()
    assert desk.delivery(alert, SLACK).state is DeliveryState.DUE
    desk.pass_time(seconds=5)
    desk.deliver()

    assert desk.delivery(alert, SLACK).state is DeliveryState.DELIVERED


def test_a_notice_that_slack_refuses_does_not_disable_the_channel(desk: Desk, hook: Receiver):
    """Only this delivery fails; the next one is sent."""
    hook.script, hook.otherwise = [slack_says("invalid_blocks")], POSTED
    desk.channel(SLACK, bot_token="xoxb-1", channel="C1")
    alerts = [desk.alert(SLACK), desk.alert(SLACK)]
    desk.deliver()

    assert [desk.delivery(alert, SLACK).state for alert in alerts] == [DeliveryState.FAILED, DeliveryState.DELIVERED]


@pytest.mark.parametrize(
    ("config", "slow_down"),
    [
        ({"webhook_url": "{url}"}, answer(429, Retry_After="30")),
        ({"bot_token": "x", "channel": "C1"}, slack_says("ratelimited", 429, Retry_After="30")),
        ({"bot_token": "x", "channel": "C1"}, slack_says("ratelimited", Retry_After="30")),
    ],
    ids=["webhook", "bot", "bot, status 200"],
)
def test_a_429_holds_the_channel_and_waiting_alerts_form_a_digest(desk: Desk, hook: Receiver, mails: Mails, config, slow_down):
    """No request within 30 s; e-mail continues; the alerts that waited are one digest with correct counts."""
    hook.script, hook.otherwise = [slow_down], POSTED
    desk.channel(SLACK, **{name: value.format(url=hook.url) for name, value in config.items()})
    desk.channel(EMAIL, address="rita@northwind.example")
    alerts = []
    for n in range(5):
        desk.clock[0] = START + timedelta(milliseconds=n - 5)
        alerts.append(desk.alert(SLACK, EMAIL, title=f"Lead {n}"))
    desk.clock[0] = START
    desk.deliver()
    desk.pass_time(seconds=10)
    alerts.append(desk.alert(SLACK, EMAIL, title="Lead 5"))
    desk.deliver()
    assert (len(hook.calls), len(mails.mails)) == (1, 6)
    desk.pass_time(seconds=19.999)
    desk.deliver()
    assert len(hook.calls) == 1
    desk.pass_time(milliseconds=1)
    desk.deliver()

    assert len(hook.calls) == 2
    assert hook.calls[1].json["text"] == "6 alerts from 1 lead. 6 clicks."
    assert [f"Lead {n}" for n in range(6)] == hook.calls[1].json["blocks"][1]["text"]["text"].split("\n")
    rows = [desk.delivery(alert, SLACK) for alert in alerts]
    assert {row.state for row in rows} == {DeliveryState.DELIVERED}
    assert sum("digest" in row.reference for row in rows) == 1
    assert {row.at for row in rows} == {desk.clock[0]}


def test_a_failing_receiver_is_paused_and_keeps_its_order(desk: Desk, hook: Receiver):
    """Two notices, one failure: the first is sent first, after the pause."""
    hook.script = [answer(500)]
    desk.channel(WEBHOOK, url=hook.url)
    first = desk.alert(WEBHOOK)
    desk.pass_time(milliseconds=1)
    second = desk.alert(WEBHOOK)
    assert desk.deliver() == 1
    desk.pass_time(seconds=5)
    desk.deliver()

    assert [call.json["alert"]["id"] for call in hook.calls] == [first.id, first.id, second.id]


def test_a_burst_is_limited_and_then_sent_as_a_digest(desk: Desk, hook: Receiver, mails: Mails):
    """80 leads at once: some notices, then one digest with correct counts; a webhook receives every alert."""
    desk.channel(SLACK, webhook_url=f"{hook.url}/slack")
    desk.channel(WEBHOOK, url=f"{hook.url}/hook")
    for n in range(80):
        desk.alert(SLACK, WEBHOOK, title=f"Lead {n}", lead=f"{n:032x}")
    desk.deliver()
    desk.clock[0] += DIGEST_WAIT
    desk.deliver()
    sent = [call for call in hook.calls if call.path == "/slack"]

    assert len(sent) == RATES[0][0] + 1
    assert sent[-1].json["text"] == f"{80 - RATES[0][0]} alerts from {80 - RATES[0][0]} leads. {80 - RATES[0][0]} clicks."
    assert len({call.headers["webhook-id"] for call in hook.calls if call.path == "/hook"}) == 80
    assert desk.store.deliveries.count({"state": "delivered"}) == 160


def test_a_digest_excludes_withdrawn_alerts_and_fails_as_one(desk: Desk, hook: Receiver):
    """Withdrawn alerts are cancelled; a digest that failed is retried as a whole."""
    hook.script = [answer(500), answer(500)]
    desk.channel(SLACK, webhook_url=hook.url)
    alerts = [desk.alert(SLACK) for _ in range(6)]
    desk.deliver()
    desk.store.alerts.change(alerts[2].id, state=AlertState.WITHDRAWN)
    desk.pass_time(seconds=6)
    desk.deliver()
    assert {desk.delivery(alert, SLACK).state for alert in alerts} == {DeliveryState.DUE, DeliveryState.CANCELLED}
    desk.pass_time(minutes=1)
    desk.deliver()

    assert hook.calls[-1].json["text"] == "5 alerts from 1 lead. 5 clicks."
    assert [desk.delivery(alert, SLACK).state for alert in alerts].count(DeliveryState.DELIVERED) == 5


def test_each_delivery_of_a_failed_digest_has_its_own_day_of_tries(desk: Desk, hook: Receiver):
    """The oldest fails after its day; recent ones are retried and keep their own first try."""
    desk.channel(SLACK, webhook_url=hook.url)
    hook.otherwise = answer(503)
    old = desk.alert(SLACK)
    desk.deliver()
    desk.pass_time(hours=27)
    fresh = [desk.alert(SLACK) for _ in range(2)]
    desk.pass_time(seconds=6)
    desk.deliver()

    assert desk.delivery(old, SLACK).state is DeliveryState.FAILED
    assert {desk.delivery(alert, SLACK).state for alert in fresh} == {DeliveryState.DUE}
    assert {desk.delivery(alert, SLACK).first_try_at for alert in fresh} == {desk.clock[0]}
    hook.otherwise = POSTED
    desk.clock[0] = desk.deps.store.delivery_queue.next_due()
    desk.deliver()
    assert {desk.delivery(alert, SLACK).state for alert in fresh} == {DeliveryState.DELIVERED}


def test_the_report_of_a_digest_names_the_delivery_that_failed(desk: Desk, hook: Receiver, mails: Mails):
    """The others are retried."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    hook.otherwise = answer(503)
    young, old, other = desk.alert(SLACK), desk.alert(SLACK, title="Omar Reed replied"), desk.alert(SLACK)
    desk.deps.store.delivery_queue.finish([desk.delivery(old, SLACK)], first_try_at=START - timedelta(hours=27))
    desk.pass_time(seconds=6)
    desk.deliver()

    states = [desk.delivery(alert, SLACK).state for alert in (young, old, other)]
    assert states == [DeliveryState.DUE, DeliveryState.FAILED, DeliveryState.DUE]
    (mail,) = mails.mails
    assert "Omar Reed replied" in mail.get_body(("plain",)).get_content()


def test_a_channel_that_is_disabled_during_a_try_stays_disabled(desk: Desk, hook: Receiver):
    """The rep was deactivated; the success of the try does not enable the channel."""
    desk.channel(SLACK, webhook_url=hook.url)

    def meanwhile(handler):
        desk.store.channels.end(desk.rep.id, "left")
        POSTED(handler)

    hook.script = [meanwhile]
    desk.alert(SLACK)
    desk.deliver()

    assert desk.store.channels.named(desk.rep.id, SLACK).disabled_reason == "left"


@pytest.mark.parametrize("failure", [answer(404), answer(503), answer(429, headers={"retry-after": "3600"})], ids=["404", "503", "429"])
def test_a_channel_changed_during_a_try_ignores_the_result_of_the_old_receiver(desk: Desk, hook: Receiver, failure):
    """The notice is sent to the new receiver at once; the channel is neither disabled nor held."""
    desk.channel(SLACK, webhook_url=f"{hook.url}/old")

    def meanwhile(handler):
        desk.channel(SLACK, webhook_url=f"{hook.url}/new")
        failure(handler)

    hook.script = [meanwhile]
    hook.otherwise = POSTED
    first = desk.alert(SLACK)
    desk.deliver()
    second = desk.alert(SLACK)
    desk.deliver()

    assert [call.path for call in hook.calls] == ["/old", "/new", "/new"]
    assert {desk.delivery(alert, SLACK).state for alert in (first, second)} == {DeliveryState.DELIVERED}
    assert desk.store.channels.named(desk.rep.id, SLACK).disabled_reason is None


def test_a_changed_alert_edits_the_delivered_message(desk: Desk, hook: Receiver):
    """At most every 3 s and with the last text only; edits are not counted as attempts."""
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="x", channel="#sales")
    alert = desk.alert(SLACK)
    desk.deliver()
    for page in ("Security", "Docs", "the contact form"):
        alert = desk.change(alert, title=f"Dana Whitfield (Acme) is on {page}")
        desk.pass_time(milliseconds=500)
        desk.deliver()
    assert len(hook.calls) == 1
    desk.pass_time(seconds=2)
    desk.deliver()
    alert = desk.change(alert, title="Dana Whitfield (Acme) left")
    desk.deliver()
    assert len(hook.calls) == 2
    desk.pass_time(seconds=3)
    desk.deliver()
    row = desk.delivery(alert, SLACK)

    assert [call.path for call in hook.calls] == ["/api/chat.postMessage", "/api/chat.update", "/api/chat.update"]
    assert hook.calls[1].json["text"].startswith("Dana Whitfield (Acme) is on the contact form")
    assert (hook.calls[1].json["channel"], hook.calls[1].json["ts"]) == ("C1", "17.2")
    assert (row.state, row.attempts, row.revision, row.at) == (DeliveryState.DELIVERED, 1, 4, START)
    assert [one.result for one in row.tries] == [DeliveryResult.DELIVERED, DeliveryResult.EDITED, DeliveryResult.EDITED]


def test_a_title_in_slack_is_edited_to_the_past_once_the_visit_is_over(desk: Desk, hook: Receiver):
    """Once, and silently; a visit that goes on keeps the present tense."""
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="x", channel="#sales")
    alert = desk.alert(SLACK, past="Dana Whitfield (Acme) was on Pricing, 12:00")
    desk.deliver()
    desk.pass_time(minutes=4)
    tell_past(desk.deps, desk.clock[0])
    desk.deliver()
    assert len(hook.calls) == 1

    for _ in range(2):
        desk.pass_time(minutes=2)
        tell_past(desk.deps, desk.clock[0])
        desk.deliver()
    assert [call.path for call in hook.calls] == ["/api/chat.postMessage", "/api/chat.update"]
    assert hook.calls[1].json["text"].startswith("Dana Whitfield (Acme) was on Pricing, 12:00")
    row = desk.delivery(alert, SLACK)
    assert (row.state, row.attempts, row.at) == (DeliveryState.DELIVERED, 1, START)


def test_a_change_during_the_first_try_is_sent_as_an_edit(desk: Desk, hook: Receiver):
    """The worker found no delivered message; the notifier detects the change."""
    changed = []

    def change_meanwhile(handler):
        changed.append(desk.change(alert, title="Dana Whitfield (Acme) is on Security"))
        POSTED(handler)

    hook.script, hook.otherwise = [change_meanwhile], POSTED
    desk.channel(SLACK, bot_token="x", channel="#sales")
    alert = desk.alert(SLACK)
    desk.deliver()
    desk.pass_time(seconds=3)
    desk.deliver()

    assert [call.path for call in hook.calls] == ["/api/chat.postMessage", "/api/chat.update"]
    assert desk.delivery(alert, SLACK).revision == 1


@pytest.mark.parametrize("error", ["message_not_found", "edit_window_closed", "invalid_auth"])
def test_a_failed_edit_leaves_the_delivery_delivered(desk: Desk, hook: Receiver, error):
    """The rep has received the alert; the channel stays enabled."""
    hook.script = [POSTED, slack_says(error)]
    desk.channel(SLACK, bot_token="x", channel="#sales")
    alert = desk.alert(SLACK)
    desk.deliver()
    alert = desk.change(alert, text="more")
    desk.pass_time(seconds=3)
    desk.deliver()

    assert desk.delivery(alert, SLACK).state is DeliveryState.DELIVERED
    assert desk.store.channels.named(desk.rep.id, SLACK).disabled_reason is None
    assert desk.deliver() == 0


def test_an_expired_lease_is_claimed_again_with_the_same_id(desk: Desk, hook: Receiver):
    """The claiming process died: the notice is sent when the lease expires, not earlier."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK)
    lost = desk.deps.store.delivery_queue.claim(desk.clock[0])
    assert (lost.alert, desk.deliver()) == (alert.id, 0)
    desk.clock[0] += LEASE
    desk.deliver()

    assert [call.headers["webhook-id"] for call in hook.calls] == [lost.id]
    assert desk.delivery(alert, WEBHOOK).attempts == 2


@pytest.mark.parametrize(
    ("answers", "state"),
    [({"rcpt": ["450 later"]}, "due"), ({"data": ["451 later"]}, "due"), ({"rcpt": ["550 no such mailbox"]}, "failed"), ({"data": ["554 no"]}, "failed")],
    ids=["450", "451", "550", "554"],
)  # fmt: skip
def test_smtp_codes_are_transient_or_permanent(desk: Desk, mails: Mails, answers, state):
    """4xx is retried, 5xx disables the channel."""
    desk.channel(EMAIL, address="rita@northwind.example")
    for name, said in answers.items():
        getattr(mails, name).extend(said)
    alert = desk.alert(EMAIL)
    desk.deliver()

    assert desk.delivery(alert, EMAIL).state.value == state
    assert bool(desk.store.channels.named(desk.rep.id, EMAIL).disabled_reason) == (state == "failed")


def test_an_unreachable_mail_server_is_retried(desk: Desk, mails: Mails):
    """Also a mail server of the workspace."""
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=9))
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(EMAIL)
    desk.deliver()

    assert desk.delivery(alert, EMAIL).state is DeliveryState.DUE
    assert "127.0.0.1:9 cannot be reached" in desk.delivery(alert, EMAIL).error


def test_a_failing_mail_server_raises_an_alarm_until_it_works(desk: Desk, mails: Mails):
    """At the second try: a single failure raises no alarm."""
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=9))
    desk.channel(EMAIL, address="rita@northwind.example")
    desk.alert(EMAIL)
    desk.deliver()
    assert desk.deps.store.alarms.active() == []
    desk.clock[0] = desk.deps.store.delivery_queue.next_due()
    desk.deliver()
    [(alarm, since, _)] = desk.deps.store.alarms.active()
    assert (alarm.kind, alarm.workspace, since) == (AlarmKind.SMTP, WORKSPACE, desk.clock[0])
    assert "127.0.0.1:9 cannot be reached" in alarm.text

    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=mails.port))
    desk.clock[0] = desk.deps.store.delivery_queue.next_due()
    desk.deliver()
    assert (len(mails.mails), len(desk.deps.store.alarms.active())) == (1, 1), "one delivered mail does not end the alarm"

    desk.pass_time(hours=1, minutes=1)
    desk.alert(EMAIL)
    desk.deliver()
    assert desk.deps.store.alarms.active() == []


def test_an_alarm_about_a_mail_server_causes_no_further_alarm(desk: Desk):
    """A test does not either: the rep sees its result."""
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=9))
    desk.channel(EMAIL, address="rita@northwind.example")
    for rule in (AlertRule.ALARM, AlertRule.TEST):
        desk.alert(EMAIL, rule=rule)
    for _ in range(3):
        desk.deliver()
        desk.clock[0] = desk.deps.store.delivery_queue.next_due()

    assert desk.deps.store.alarms.active() == []


@pytest.mark.parametrize(
    ("answers", "alarms"), [({"rcpt": ["550 no such mailbox"]}, 0), ({"data": ["554 no"]}, 1)], ids=["recipient", "content"]
)
def test_refused_content_raises_an_alarm_a_refused_recipient_does_not(desk: Desk, mails: Mails, answers, alarms):
    """A refused address does not mean that others fail."""
    desk.channel(EMAIL, address="rita@northwind.example")
    for name, said in answers.items():
        getattr(mails, name).extend(said)
    desk.alert(EMAIL)
    desk.deliver()

    assert len(desk.deps.store.alarms.active()) == alarms


def test_an_internal_error_in_one_delivery_does_not_stop_the_others(desk: Desk, hook: Receiver):
    """It is retried later, and the next one is sent."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(WEBHOOK, url=hook.url)
    broken = desk.alert(SLACK)
    desk.deps.store.database.channels.update_one({"name": "slack"}, {"$set": {"config.mention": "x", "disabled_reason": 7}})
    fine = desk.alert(WEBHOOK)
    desk.deliver()

    assert (desk.delivery(broken, SLACK).state, desk.delivery(broken, SLACK).due_at) == (DeliveryState.DUE, START + RETRIES[0])
    assert desk.delivery(fine, WEBHOOK).state is DeliveryState.DELIVERED
