"""Alarms: an admin hears, once, that Leadlight itself is not well; and again only when it was well in between."""

import dataclasses
import json
from datetime import timedelta

import pytest

from tests.scenes import make_scene
from tracker.actions.mail.sending import send_message
from tracker.actions.ops.health import DRAIN_KEY
from tracker.actions.pipeline import scores
from tracker.base import metrics
from tracker.base.clock import to_ms
from tracker.base.errors import DeliveryError
from tracker.base.ids import id_of, new_id
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.mail.message import MessageState
from tracker.domain.team.rep import Rep
from workers.periodic.alarms import Watch

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
    deps.redis.set(DRAIN_KEY, json.dumps({"at": to_ms(now), "lag_events": 1200, "lag_seconds": seconds}))


def test_a_late_drain_rings_once_until_it_is_over(deps, scene, monkeypatch):
    """Looked at every quarter of a minute; told once; told again when it comes back after it was well."""
    watch, now = Watch(), deps.now()
    late_drain(deps, now, 90)
    for seconds in (0, 15, 30):
        watch.run(deps, now + timedelta(seconds=seconds))
    assert rings(scene) == ["Events arrive late"]

    late_drain(deps, deps.now(), 0)
    watch.run(deps, now + timedelta(minutes=5))
    assert deps.store.alarms.standing() == []

    late_drain(deps, deps.now(), 90)
    watch.run(deps, now + timedelta(minutes=6))
    assert rings(scene) == ["Events arrive late"]
    watch.run(deps, now + timedelta(minutes=6, seconds=15))
    assert rings(scene) == ["Events arrive late"] * 2


def test_a_day_without_events_rings_where_there_were_some(deps, scene):
    """A company that has not begun, or has ended long ago, hears nothing."""
    empty = make_scene(deps, "Newcomer")
    now = deps.now()
    Watch().run(deps, now + DAY - timedelta(minutes=1))
    assert rings(scene) == []

    Watch().run(deps, now + DAY + timedelta(minutes=1))
    assert (rings(scene), rings(empty)) == (["No event for a day"], [])

    deps.store.database.alarms.delete_many({})
    Watch().run(deps, now + 40 * DAY)
    assert rings(scene) == ["No event for a day"]


def test_mail_that_is_sent_is_no_sign_of_a_lead(deps, scene):
    """A team that mails every day is told that nothing comes back."""
    now = deps.now()
    scene.click(scene.message(scene.lead("Omar Reed"), now), now)
    scene.spool()
    scene.settle()
    scene.message(scene.lead("Ida Falk"), now + DAY)
    Watch().run(deps, now + DAY + timedelta(minutes=1))

    assert rings(scene) == ["No event for a day"]


def test_parked_recounts_ring_and_are_freed_by_a_rescore(deps, scene):
    """What failed three times waits for a person, who is told how to try again."""
    now = deps.now()
    deps.store.dirty.mark(scene.workspace.id, "ab" * 16, [now])
    deps.store.database.dirty.update_many({}, {"$set": {"parked": True, "tries": 3}})
    Watch().run(deps, now)
    assert rings(scene) == ["1 recounts failed three times"]

    scores.rescore(deps, scene.workspace.id)
    assert "parked" not in deps.store.dirty.counts()


def test_dropped_events_ring_with_their_reason(deps, scene):
    """What a limit sheds is meant so, and so is what a browser asked for; what the spool could not take is a loss."""
    watch, now = Watch(), deps.now()
    for reason in ("address_limit", "privacy_signal"):
        metrics.EDGE_DROPPED.labels(reason).inc(3)
        watch.run(deps, now)
        metrics.EDGE_DROPPED.labels(reason).inc(3)
        watch.run(deps, now)
    assert rings(scene) == []

    metrics.EDGE_DROPPED.labels("disk_full").inc(7)
    watch.run(deps, now)
    assert rings(scene) == ["Events are being lost"]
    assert "7 events were not kept: disk full" in scene.store.alerts.latest()[0].text


def test_a_mail_server_that_refuses_rings(deps, scene):
    """Nobody answers at that port: the message fails, and the admin hears why."""
    deps.store.workspaces.change(scene.workspace.id, is_demo=True)
    away = dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, demo_smtp_port=9))
    lead = scene.lead("Omar Reed")
    message = scene.message(lead, deps.now(), rep=scene.rep.id)
    scene.store.messages.change(message.id, state=MessageState.DRAFT.value)
    with pytest.raises(DeliveryError):
        send_message(away, scene.workspace.id, message.id)
    watch = Watch()
    watch.run(deps, deps.now()), watch.run(deps, deps.now())

    assert rings(scene) == ["The mail server refuses email"]
