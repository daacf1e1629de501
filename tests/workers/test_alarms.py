"""Alarms: an admin hears, once, that Leadlight itself is not well; and again only when it was well in between."""

import dataclasses
import json
from datetime import timedelta

import pytest

from tests.scenes import make_scene
from tracker.actions.mail_queue.outbox import send_message
from tracker.actions.ops.hosts import DRAINS_KEY
from tracker.actions.pipeline import scores
from tracker.actions.workspace.site_origins import ignore_origin
from tracker.base import metrics
from tracker.base.clock import to_ms
from tracker.base.ids import id_of, new_id
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.mail.message import MessageState
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.refusal import RefusalCount, RefusalReason
from workers.periodic.alarms import AlarmMonitor

DAY = timedelta(days=1)


@pytest.fixture
def scene(deps):
    """A workspace whose admin is told by Slack, with a rep who is told nothing of alarms; something happened just now."""
    made = make_scene(deps)
    rep = Rep(id=new_id(), workspace=made.workspace.id, email="tom@northwind.example", name="Tom", created_at=deps.now())
    made.store.reps.add(rep)
    for who in (made.rep.id, rep.id):
        key = id_of(made.workspace.id, who, ChannelName.SLACK)
        config = {"webhook_url": "https://hooks.slack.example/x"}
        made.store.channels.add(Channel(id=key, workspace=made.workspace.id, rep=who, name=ChannelName.SLACK, config=config))
    made.message(made.lead(), deps.now())
    deps.store.dirty.finish(deps.store.dirty.claim("live", deps.now(), 9, kind="lead"), deps.now())
    return made


def rings(scene):
    alerts = [alert for alert in scene.store.alerts.latest() if alert.rule is AlertRule.ALARM]
    deliveries = scene.store.deliveries.of_alerts(alert.id for alert in alerts)
    assert {row.rep for rows in deliveries.values() for row in rows} <= {scene.rep.id}
    assert all(len(rows) == 1 for rows in deliveries.values())
    return [alert.title for alert in reversed(alerts)]


def late_drain(deps, now, seconds):
    deps.redis.hset(DRAINS_KEY, deps.settings.host_name, json.dumps({"at": to_ms(now), "lag_events": 1200, "lag_seconds": seconds}))


def test_a_late_drain_makes_one_alarm_until_it_is_over(deps, scene, monkeypatch):
    """Checked every 15 seconds: one alert, and another one if the drain is late again after it recovered."""
    monitor, now = AlarmMonitor(), deps.now()
    late_drain(deps, now, 90)
    for seconds in (0, 15, 30):
        monitor.run(deps, now + timedelta(seconds=seconds))
    assert rings(scene) == ["Events arrive late"]

    late_drain(deps, deps.now(), 0)
    monitor.run(deps, now + timedelta(minutes=5))
    assert deps.store.alarms.active() == []

    late_drain(deps, deps.now(), 90)
    monitor.run(deps, now + timedelta(minutes=6))
    assert rings(scene) == ["Events arrive late"]
    monitor.run(deps, now + timedelta(minutes=6, seconds=15))
    assert rings(scene) == ["Events arrive late"] * 2


def test_a_day_without_events_is_an_alarm_in_a_workspace_in_use(deps, scene):
    """A company that has not started, or stopped long ago, gets no alarm."""
    empty = make_scene(deps, "Newcomer")
    now = deps.now()
    AlarmMonitor().run(deps, now + DAY - timedelta(minutes=1))
    assert rings(scene) == []

    AlarmMonitor().run(deps, now + DAY + timedelta(minutes=1))
    assert (rings(scene), rings(empty)) == (["No event for a day"], [])

    deps.store.database.alarms.delete_many({})
    AlarmMonitor().run(deps, now + 40 * DAY)
    assert rings(scene) == ["No event for a day"]


def test_sent_email_is_no_activity_of_a_lead(deps, scene):
    """A team that sends email every day is alerted that no lead reacts."""
    now = deps.now()
    scene.click(scene.message(scene.lead("Omar Reed"), now), now)
    scene.spool()
    scene.settle()
    scene.message(scene.lead("Ida Falk"), now + DAY)
    AlarmMonitor().run(deps, now + DAY + timedelta(minutes=1))

    assert rings(scene) == ["No event for a day"]


def test_parked_marks_are_an_alarm_and_are_freed_by_a_rescore(deps, scene):
    """Marks that failed three times wait for an admin, and the alarm says how to try again."""
    now = deps.now()
    deps.store.dirty.mark(scene.workspace.id, "ab" * 16, [now])
    deps.store.database.dirty.update_many({}, {"$set": {"parked": True, "tries": 3}})
    AlarmMonitor().run(deps, now)
    assert rings(scene) == ["1 updates failed three times"]

    scores.rescore(deps, scene.workspace.id)
    assert "parked" not in deps.store.dirty.counts()


def test_dropped_events_are_an_alarm_with_their_reason(deps, scene):
    """Events over a limit and those with a privacy signal are dropped on purpose; events that the spool could not take are lost."""
    monitor, now = AlarmMonitor(), deps.now()
    for reason in ("address_limit", "privacy_signal"):
        metrics.EDGE_DROPPED.labels(reason).inc(3)
        monitor.run(deps, now)
        metrics.EDGE_DROPPED.labels(reason).inc(3)
        monitor.run(deps, now)
    assert rings(scene) == []

    metrics.EDGE_DROPPED.labels("disk_full").inc(7)
    monitor.run(deps, now)
    assert rings(scene) == ["Events are being lost"]
    assert "7 events were not kept: disk full" in scene.store.alerts.latest()[0].text


def test_a_mail_server_that_refuses_is_an_alarm(deps, scene):
    """No server listens at that port: the message waits, and the alarm gives the reason."""
    deps.store.workspaces.change(scene.workspace.id, is_demo=True)
    away = dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, demo_smtp_port=9))
    lead = scene.lead("Omar Reed")
    message = scene.message(lead, deps.now(), rep=scene.rep.id)
    scene.store.messages.change(message.id, state=MessageState.DRAFT.value)
    assert send_message(away, scene.workspace.id, message.id).state is MessageState.QUEUED
    monitor = AlarmMonitor()
    monitor.run(deps, deps.now()), monitor.run(deps, deps.now())

    assert rings(scene) == ["The mail server refuses email"]


def test_refused_pages_of_a_site_are_an_alarm(deps, scene):
    """Once there are more than a few; not for an origin that was ignored."""
    origin = "https://northwind.example"

    def refuse(pages):
        key = id_of("refused")
        scene.store.refusals.raise_to([RefusalCount(key, deps.now().date(), scene.site.key, RefusalReason.ORIGIN, origin, pages)])

    refuse(2)
    AlarmMonitor().run(deps, deps.now())
    assert rings(scene) == []

    refuse(12)
    for seconds in (0, 15):
        AlarmMonitor().run(deps, deps.now() + timedelta(seconds=seconds))
    assert rings(scene) == ["Pages of your website are not recorded"]
    assert f"12 pages from {origin} were refused." in scene.store.alerts.latest()[0].text

    ignore_origin(deps, scene.workspace.id, scene.site.key, origin)
    AlarmMonitor().run(deps, deps.now() + timedelta(minutes=3))
    assert deps.store.alarms.active() == []
