"""What becomes of deliveries: tries, rests, ends, changes, digests. By the test's clock, in the test's thread."""

from datetime import timedelta

import pytest

from notifier.routing import GATHER_WAIT, RATES, RETRIES
from tests.notifier.conftest import START, WORKSPACE, Desk
from tests.notifier.receivers import Mails, Receiver, answer, drip, hang
from tracker.domain.alerting.alarm import AlarmKind
from tracker.domain.alerting.alert import AlertRule, AlertState
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import DeliveryState
from tracker.domain.workspace.mail_server import MailServer
from tracker.store.alerting.delivery_queue import LEASE

SLACK, EMAIL, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.WEBHOOK
POSTED = answer(200, b'{"ok": true, "channel": "C1", "ts": "17.2"}')


def slack_says(error: str, status: int = 200, **headers: str):
    return answer(status, b'{"ok": false, "error": "%s"}' % error.encode(), **headers)


def test_one_delivery_each_and_the_stations_are_noted(desk: Desk, hook: Receiver, mails: Mails):
    """Each channel hears once, however often somebody looks into the outbox."""
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
    """Its cause fell away while it waited."""
    desk.channel(SLACK, webhook_url=hook.url)
    alert = desk.alert(SLACK, state=AlertState.WITHDRAWN)
    desk.deliver()

    assert hook.calls == []
    assert (desk.delivery(alert, SLACK).state, desk.delivery(alert, SLACK).attempts) == (DeliveryState.CANCELLED, 0)


@pytest.mark.parametrize("trouble", [answer(500), answer(503), answer(302, Location="/x"), answer(408), hang, drip], ids=range(6))
def test_what_may_pass_is_tried_again_on_schedule(desk: Desk, hook: Receiver, trouble):
    """5 s, 30 s, 2 min later, with the same id, until it is taken."""
    hook.script = [trouble] * 3
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
    assert len({call.headers["webhook-id"] for call in hook.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in hook.calls}) == 4


def test_after_a_day_of_tries_the_rep_hears_of_it_elsewhere(desk: Desk, hook: Receiver, mails: Mails):
    """Nothing ends in silence."""
    hook.otherwise = answer(500)
    desk.channel(WEBHOOK, url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(WEBHOOK)
    for _ in range(30):
        desk.deliver()
        desk.clock[0] = desk.deps.store.lanes.next_due() or desk.clock[0]

    assert desk.delivery(alert, WEBHOOK).state is DeliveryState.FAILED
    assert len(hook.calls) == len(RETRIES) + 1
    assert mails.mails[0]["Subject"] == "Your webhook did not take an alert"
    assert "Dana Whitfield (Acme) is on Pricing" in mails.mails[0].get_body(("plain",)).get_content()
    assert desk.store.channels.named(desk.rep.id, WEBHOOK).disabled_reason is None


@pytest.mark.parametrize("trouble", [answer(404), answer(410), answer(403)], ids=["404", "410", "403"])
def test_a_channel_that_is_gone_is_switched_off_and_its_rep_told(desk: Desk, hook: Receiver, mails: Mails, trouble):
    """By a toast and by e-mail, with the alert that did not get through."""
    hook.otherwise = trouble
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    first, second = desk.alert(SLACK), desk.alert(SLACK)
    desk.deliver()
    reason = desk.store.channels.named(desk.rep.id, SLACK).disabled_reason
    toasts = [data for _, kind, data in desk.deps.bus.follow(WORKSPACE, "0-0", 10) if kind == "alert"]

    assert reason.startswith("Slack's webhook ")
    assert [desk.delivery(alert, SLACK).state for alert in (first, second)] == [DeliveryState.FAILED] * 2
    assert len(hook.calls) == 1
    assert [mail["Subject"] for mail in mails.mails] == ["Slack no longer takes your alerts"]
    assert "Not delivered: Dana Whitfield" in mails.mails[0].get_body(("plain",)).get_content()
    assert [(toast["title"], toast["rep"]) for toast in toasts] == [("Slack no longer takes your alerts", desk.rep.id)]


def test_without_an_email_channel_the_reps_own_address_is_used(desk: Desk, hook: Receiver, mails: Mails):
    """And for the team, the admins'."""
    hook.otherwise = answer(410)
    desk.channel(SLACK, rep=None, webhook_url=hook.url)
    desk.alert(SLACK, rep=None)
    desk.deliver()

    assert mails.mails[0].recipients == ["rita@northwind.example"]
    assert mails.mails[0]["Subject"] == "Slack no longer takes the team's alerts"


def test_a_test_on_a_mended_channel_switches_it_on(desk: Desk, hook: Receiver):
    """And one on a broken channel says why, without a mail about it."""
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
    assert len(hook.calls) == 3


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "channel_not_found", "not_in_channel", "token_revoked"])
def test_slack_errors_that_only_the_rep_can_mend(desk: Desk, hook: Receiver, error):
    """Said in words, and the channel is off."""
    hook.otherwise = slack_says(error)
    desk.channel(SLACK, bot_token="xoxb-1", channel="C1")
    alert = desk.alert(SLACK)
    desk.deliver()

    assert desk.delivery(alert, SLACK).state is DeliveryState.FAILED
    assert error not in desk.store.channels.named(desk.rep.id, SLACK).disabled_reason


@pytest.mark.parametrize("trouble", [slack_says("internal_error"), answer(502, b"<html>"), answer(200, b"<html>"), hang], ids=range(4))
def test_slack_troubles_that_pass(desk: Desk, hook: Receiver, trouble):
    """Tried again, no channel switched off."""
    hook.script, hook.otherwise = [trouble], POSTED
    desk.channel(SLACK, bot_token="xoxb-1", channel="C1")
    alert = desk.alert(SLACK)
    desk.deliver()
    assert desk.delivery(alert, SLACK).state is DeliveryState.DUE
    desk.pass_time(seconds=5)
    desk.deliver()

    assert desk.delivery(alert, SLACK).state is DeliveryState.DELIVERED


def test_a_notice_that_slack_will_not_have_does_not_switch_it_off(desk: Desk, hook: Receiver):
    """That one ends; the next one goes."""
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
def test_slow_down_holds_that_channel_only_and_the_rest_comes_as_one(desk: Desk, hook: Receiver, mails: Mails, config, slow_down):
    """No call before the 30 s are over; e-mail flows; what gathered meanwhile is one digest whose counts add up."""
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


def test_a_failing_lane_rests_and_keeps_its_order(desk: Desk, hook: Receiver):
    """Two notices, one failure: the first goes first, after the pause."""
    hook.script = [answer(500)]
    desk.channel(WEBHOOK, url=hook.url)
    first = desk.alert(WEBHOOK)
    desk.pass_time(milliseconds=1)
    second = desk.alert(WEBHOOK)
    assert desk.deliver() == 1
    desk.pass_time(seconds=5)
    desk.deliver()

    assert [call.json["alert"]["id"] for call in hook.calls] == [first.id, first.id, second.id]


def test_a_storm_rings_so_often_and_then_gathers(desk: Desk, hook: Receiver, mails: Mails):
    """80 leads at once: a few notices, then one digest; the numbers add up, and a webhook hears each."""
    desk.channel(SLACK, webhook_url=f"{hook.url}/slack")
    desk.channel(WEBHOOK, url=f"{hook.url}/hook")
    for n in range(80):
        desk.alert(SLACK, WEBHOOK, title=f"Lead {n}", lead=f"{n:032x}")
    desk.deliver()
    desk.clock[0] += GATHER_WAIT
    desk.deliver()
    rung = [call for call in hook.calls if call.path == "/slack"]

    assert len(rung) == RATES[0][0] + 1
    assert rung[-1].json["text"] == f"{80 - RATES[0][0]} alerts from {80 - RATES[0][0]} leads. {80 - RATES[0][0]} clicks."
    assert len({call.headers["webhook-id"] for call in hook.calls if call.path == "/hook"}) == 80
    assert desk.store.deliveries.count({"state": "delivered"}) == 160


def test_a_digest_leaves_out_what_no_longer_stands_and_fails_as_one(desk: Desk, hook: Receiver):
    """Withdrawn alerts are cancelled; a digest that is refused for now comes back whole."""
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


def test_of_a_digest_that_fails_each_has_its_own_day_of_tries(desk: Desk, hook: Receiver):
    """The oldest is given up after its day; what came a moment ago is not given up with it, nor takes over its age."""
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
    desk.clock[0] = desk.deps.store.lanes.next_due()
    desk.deliver()
    assert {desk.delivery(alert, SLACK).state for alert in fresh} == {DeliveryState.DELIVERED}


def test_of_a_digest_the_one_that_is_given_up_is_told_of(desk: Desk, hook: Receiver, mails: Mails):
    """Not the one it was carried by, which goes on."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(EMAIL, address="rita@northwind.example")
    hook.otherwise = answer(503)
    young, old, other = desk.alert(SLACK), desk.alert(SLACK, title="Omar Reed replied"), desk.alert(SLACK)
    desk.deps.store.lanes.finish([desk.delivery(old, SLACK)], first_try_at=START - timedelta(hours=27))
    desk.pass_time(seconds=6)
    desk.deliver()

    states = [desk.delivery(alert, SLACK).state for alert in (young, old, other)]
    assert states == [DeliveryState.DUE, DeliveryState.FAILED, DeliveryState.DUE]
    (mail,) = mails.mails
    assert "Omar Reed replied" in mail.get_body(("plain",)).get_content()


def test_a_channel_that_is_switched_off_while_a_try_is_under_way_stays_off(desk: Desk, hook: Receiver):
    """Its rep's access was taken away; that the try got through changes nothing of it."""
    desk.channel(SLACK, webhook_url=hook.url)

    def meanwhile(handler):
        desk.store.channels.end(desk.rep.id, "left")
        POSTED(handler)

    hook.script = [meanwhile]
    desk.alert(SLACK)
    desk.deliver()

    assert desk.store.channels.named(desk.rep.id, SLACK).disabled_reason == "left"


@pytest.mark.parametrize("trouble", [answer(404), answer(503), answer(429, headers={"retry-after": "3600"})], ids=["404", "503", "429"])
def test_a_receiver_named_anew_while_a_try_is_under_way_is_not_judged_by_the_old_one(desk: Desk, hook: Receiver, trouble):
    """What was under way goes to the new one at once, and it is neither switched off nor held."""
    desk.channel(SLACK, webhook_url=f"{hook.url}/old")

    def meanwhile(handler):
        desk.channel(SLACK, webhook_url=f"{hook.url}/new")
        trouble(handler)

    hook.script = [meanwhile]
    hook.otherwise = POSTED
    first = desk.alert(SLACK)
    desk.deliver()
    second = desk.alert(SLACK)
    desk.deliver()

    assert [call.path for call in hook.calls] == ["/old", "/new", "/new"]
    assert {desk.delivery(alert, SLACK).state for alert in (first, second)} == {DeliveryState.DELIVERED}
    assert desk.store.channels.named(desk.rep.id, SLACK).disabled_reason is None


def test_later_words_change_the_message_that_stands(desk: Desk, hook: Receiver):
    """Without ringing, at most every 3 s, the last words only; attempts count what rang."""
    hook.otherwise = POSTED
    desk.channel(SLACK, bot_token="x", channel="#sales")
    alert = desk.alert(SLACK)
    desk.deliver()
    for words in ("Security", "Docs", "the contact form"):
        alert = desk.change(alert, title=f"Dana Whitfield (Acme) is on {words}")
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


def test_words_that_changed_while_the_message_was_under_way_are_not_lost(desk: Desk, hook: Receiver):
    """The worker found nothing to edit yet; the notifier looks again."""
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
def test_a_message_that_cannot_be_changed_stays_as_it_is(desk: Desk, hook: Receiver, error):
    """The rep was told; that is no failure."""
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


def test_a_lapsed_lease_is_taken_over_with_the_same_id(desk: Desk, hook: Receiver):
    """Whoever claimed it died: after a minute it goes out, not before."""
    desk.channel(WEBHOOK, url=hook.url)
    alert = desk.alert(WEBHOOK)
    lost = desk.deps.store.lanes.claim(desk.clock[0])
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
def test_a_mail_servers_no_is_for_now_or_for_good(desk: Desk, mails: Mails, answers, state):
    """4xx is tried again, 5xx switches the channel off."""
    desk.channel(EMAIL, address="rita@northwind.example")
    for name, said in answers.items():
        getattr(mails, name).extend(said)
    alert = desk.alert(EMAIL)
    desk.deliver()

    assert desk.delivery(alert, EMAIL).state.value == state
    assert bool(desk.store.channels.named(desk.rep.id, EMAIL).disabled_reason) == (state == "failed")


def test_a_mail_server_that_is_down_is_tried_again(desk: Desk, mails: Mails):
    """Also where the workspace has a server of its own."""
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=9))
    desk.channel(EMAIL, address="rita@northwind.example")
    alert = desk.alert(EMAIL)
    desk.deliver()

    assert desk.delivery(alert, EMAIL).state is DeliveryState.DUE
    assert "127.0.0.1:9 cannot be reached" in desk.delivery(alert, EMAIL).error


def test_a_mail_server_that_takes_no_alerts_alarms_the_admins_until_it_does(desk: Desk, mails: Mails):
    """At the second try: what passes by itself alarms nobody."""
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=9))
    desk.channel(EMAIL, address="rita@northwind.example")
    desk.alert(EMAIL)
    desk.deliver()
    assert desk.deps.store.alarms.standing() == []
    desk.clock[0] = desk.deps.store.lanes.next_due()
    desk.deliver()
    [(alarm, since, _)] = desk.deps.store.alarms.standing()
    assert (alarm.kind, alarm.workspace, since) == (AlarmKind.SMTP, WORKSPACE, desk.clock[0])
    assert "127.0.0.1:9 cannot be reached" in alarm.text

    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=mails.port))
    desk.clock[0] = desk.deps.store.lanes.next_due()
    desk.deliver()
    assert (len(mails.mails), len(desk.deps.store.alarms.standing())) == (1, 1), "one mail taken is no end of the trouble"

    desk.pass_time(hours=1, minutes=1)
    desk.alert(EMAIL)
    desk.deliver()
    assert desk.deps.store.alarms.standing() == []


def test_the_alarm_of_a_mail_server_does_not_ring_itself(desk: Desk):
    """Nor does a test, whose answer somebody is looking at."""
    desk.deps.store.workspaces.change(WORKSPACE, mail_server=MailServer(host="127.0.0.1", port=9))
    desk.channel(EMAIL, address="rita@northwind.example")
    for rule in (AlertRule.ALARM, AlertRule.TEST):
        desk.alert(EMAIL, rule=rule)
    for _ in range(3):
        desk.deliver()
        desk.clock[0] = desk.deps.store.lanes.next_due()

    assert desk.deps.store.alarms.standing() == []


@pytest.mark.parametrize(
    ("answers", "alarms"), [({"rcpt": ["550 no such mailbox"]}, 0), ({"data": ["554 no"]}, 1)], ids=["recipient", "content"]
)
def test_a_refused_recipient_alarms_nobody_refused_content_does(desk: Desk, mails: Mails, answers, alarms):
    """One address says nothing of the others."""
    desk.channel(EMAIL, address="rita@northwind.example")
    for name, said in answers.items():
        getattr(mails, name).extend(said)
    desk.alert(EMAIL)
    desk.deliver()

    assert len(desk.deps.store.alarms.standing()) == alarms


def test_our_own_fault_in_one_delivery_does_not_stop_the_others(desk: Desk, hook: Receiver):
    """It is set aside, tried later, and the next one goes."""
    desk.channel(SLACK, webhook_url=hook.url)
    desk.channel(WEBHOOK, url=hook.url)
    broken = desk.alert(SLACK)
    desk.deps.store.database.channels.update_one({"name": "slack"}, {"$set": {"config.mention": "x", "disabled_reason": 7}})
    fine = desk.alert(WEBHOOK)
    desk.deliver()

    assert (desk.delivery(broken, SLACK).state, desk.delivery(broken, SLACK).due_at) == (DeliveryState.DUE, START + RETRIES[0])
    assert desk.delivery(fine, WEBHOOK).state is DeliveryState.DELIVERED
