"""The delivery policy over a month: right time, once, and digests that add up, by the clocks of any zone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.unit.notifier.test_routing import ALERT
from tracker.domain.alerting.alert import Alert, AlertRule, Priority
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.alerting.delivery import DeliveryTiming
from tracker.domain.alerting.preferences import SHIPPED, AlertPreferences, DigestEvery, EmailAlerts
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.policy.decide import AlertReceiver, AlertReceivers, DeliveryPlan, decide

SLACK, EMAIL, CONSOLE, WEBHOOK = ChannelName.SLACK, ChannelName.EMAIL, ChannelName.CONSOLE, ChannelName.WEBHOOK
BOTH = frozenset({SLACK, EMAIL})
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = ["UTC", "Asia/Kolkata", "Pacific/Chatham", "Europe/Lisbon", "America/St_Johns", "Australia/Lord_Howe"]


def alert(rule: AlertRule = AlertRule.PRICING, priority: Priority = Priority.LOUD) -> Alert:
    return msgspec.structs.replace(ALERT, rule=rule, priority=priority)


def plan(
    when: datetime, channel: ChannelName = SLACK, *, zone: str = "UTC", channels=BOTH, of: Alert | None = None, **more
) -> DeliveryPlan:
    preferences = msgspec.structs.replace(SHIPPED, **more)
    return decide(of or alert(), channel, AlertReceiver(ZoneInfo(zone), preferences, channels), when)


@pytest.mark.parametrize("zone", ZONES)
def test_a_month_of_alerts(zone: str):
    """Nothing sounds or reaches Slack outside the hours but forms; each email digest is at a full hour by the local clock; every alert is in one place.

    The month has the change of the clocks of Lisbon and of Chatham.
    """
    local, random = ZoneInfo(zone), Random(zone)
    rules = [AlertRule.FORM, AlertRule.PRICING, AlertRule.FIRST_OPEN, AlertRule.CLICK, AlertRule.HOT]
    places: Counter[str] = Counter()
    for _ in range(1500):
        when = datetime(2027, 3, 14, tzinfo=UTC) + random.random() * 31 * DAY
        one = alert(random.choice(rules), random.choice(list(Priority)))
        clock = when.astimezone(local)
        is_open = clock.weekday() < 5 and 8 <= clock.hour < 19
        slack, email, console = (plan(when, name, zone=zone, of=one) for name in (SLACK, EMAIL, CONSOLE))

        if one.rule is AlertRule.FORM:
            assert {found.timing for found in (slack, email, console)} == {DeliveryTiming.NOW}
            places["form"] += 1
            continue
        assert console.timing is DeliveryTiming.NOW
        assert console.is_loud == (is_open and one.priority is Priority.LOUD)
        assert slack.is_loud == (is_open and one.priority is Priority.LOUD)
        assert (slack.timing is DeliveryTiming.NOW) == (is_open and one.priority is not Priority.DIGEST)
        assert email.timing is DeliveryTiming.DIGEST
        arrives = [found.at.astimezone(local) for found in (slack, email)]
        assert all(at.weekday() < 5 and 8 <= (at - timedelta(seconds=1)).hour + (at.hour == 8) < 20 for at in arrives)
        assert arrives[1].minute in ((0,) if zone != "Australia/Lord_Howe" else (0, 30))
        assert when < email.at <= when + (HOUR if is_open else 3 * DAY + 2 * HOUR)
        assert slack.at == when or slack.timing is not DeliveryTiming.NOW
        places[f"{slack.timing} {email.timing}"] += 1
    assert sum(places.values()) == 1500
    assert min(places.values()) > 50


def test_all_alerts_of_one_night_share_one_moment():
    """What is held joins what is in the digest of that morning: Friday night, Saturday and Sunday arrive on Monday at eight, once."""
    friday = datetime(2027, 3, 19, 19, 0, tzinfo=UTC)
    moments = {plan(friday + hours * HOUR).at for hours in range(61)} | {plan(friday + hours * HOUR, EMAIL).at for hours in range(61)}

    assert moments == {datetime(2027, 3, 22, 8, 0, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("when", "more", "expected"),
    [
        ("15 09:20", {}, "15 10:00"),
        ("15 18:40", {}, "15 19:00"),
        ("15 09:20", {"digest": DigestEvery.DAILY}, "16 08:00"),
        ("15 07:20", {"digest": DigestEvery.DAILY}, "15 08:00"),
        ("19 09:20", {"digest": DigestEvery.DAILY}, "22 08:00"),
        ("20 03:20", {"days": ()}, "20 04:00"),
        ("20 03:20", {"days": (), "digest": DigestEvery.DAILY}, "20 08:00"),
        ("20 09:20", {"days": (), "digest": DigestEvery.DAILY}, "21 08:00"),
    ],
)
def test_when_a_digest_is_sent(when: str, more: dict, expected: str):
    """At the next full hour, also at the end of the hours; or once a day when the hours begin. 15 March 2027 is a Monday."""
    moment = datetime.strptime(f"2027-03-{when}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)

    assert f"{plan(moment, EMAIL, **more).at:%d %H:%M}" == expected
    assert plan(moment, SLACK, of=alert(priority=Priority.DIGEST), **more).at == plan(moment, EMAIL, **more).at


def test_email_is_a_digest_only_beside_another_channel_for_people():
    """Unless the rep says otherwise; a webhook is for programs, and gets everything at once."""
    noon, night = datetime(2027, 3, 15, 12, 0, tzinfo=UTC), datetime(2027, 3, 15, 22, 0, tzinfo=UTC)

    assert plan(noon, EMAIL).timing is DeliveryTiming.DIGEST
    assert plan(noon, EMAIL, channels={EMAIL, WEBHOOK}).timing is DeliveryTiming.NOW
    assert plan(night, EMAIL, channels={EMAIL}).timing is DeliveryTiming.HOLD
    assert plan(noon, EMAIL, email=EmailAlerts.NOW).timing is DeliveryTiming.NOW
    assert plan(noon, EMAIL, channels={EMAIL}, email=EmailAlerts.DIGEST).timing is DeliveryTiming.DIGEST
    assert plan(night, WEBHOOK, of=alert(priority=Priority.DIGEST)).timing is DeliveryTiming.NOW
    assert plan(night, SLACK, of=alert(AlertRule.TASK)) == DeliveryPlan(DeliveryTiming.NOW, night, is_loud=False)


def test_receivers_use_their_own_preferences_and_clock():
    """A rep's, else the workspace's; the team's alerts follow the workspace."""
    made = datetime(2027, 3, 1, tzinfo=UTC)
    home = Workspace(id="w", name="W", created_at=made, timezone="Europe/Berlin", alert_preferences=SHIPPED)
    base = {"workspace": "w", "email": "a@b.example", "name": "A", "created_at": made}
    reps = [
        Rep(id="early", timezone="Asia/Kolkata", alert_preferences=AlertPreferences(), **base),
        Rep(id="plain", timezone="Asia/Kolkata", **base),
    ]
    off = Channel(id="c", workspace="w", rep="plain", name=SLACK, config={}, disabled_reason="gone")
    on = Channel(id="d", workspace="w", rep="plain", name=EMAIL, config={})
    receivers = AlertReceivers(home, reps, [off, on])

    assert receivers.of("early").preferences == AlertPreferences()
    assert receivers.of("plain") == AlertReceiver(ZoneInfo("Asia/Kolkata"), SHIPPED, frozenset({EMAIL}))
    assert receivers.of(None).zone == receivers.of("gone").zone == ZoneInfo("Europe/Berlin")
    seven_in_berlin = datetime(2027, 3, 15, 6, 0, tzinfo=UTC)
    silent = [receivers.is_silent(msgspec.structs.replace(alert(), rep=rep), seven_in_berlin) for rep in ("early", "plain", None)]
    assert silent == [False, False, True]
