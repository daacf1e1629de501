"""Metrics and log lines: each stage counts its work, gauges show every lag, and an event's id leads to its alert."""

import json
import logging
import shutil
from contextlib import closing
from datetime import timedelta

from prometheus_client import REGISTRY

from tests.scenes import make_scene
from tracker.actions.ops.health import check_health
from tracker.actions.ops.hosts import DRAINS_KEY
from tracker.base.clock import to_ms
from tracker.domain.alerting.alert import AlertState
from tracker.domain.mail.message import MessageState
from tracker.spool import layout
from tracker.spool.file import SpoolFile
from workers.drain.process import Drain
from workers.periodic.gauges import measure


def value(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_each_stage_counts_what_it_did(deps):
    """Drained, recomputed, scored, alerted: the counts of one click add up, and a row read twice is a duplicate."""
    names = {
        "drained": ("leadlight_drained_total", {"outcome": "event"}),
        "doubled": ("leadlight_drained_total", {"outcome": "duplicate"}),
        "recounted": ("leadlight_recounted_marks_total", {"kind": "lead", "outcome": "done"}),
        "scored": ("leadlight_scored_leads_total", {}),
        "timed": ("leadlight_recount_seconds_count", {}),
        "alerts": ("leadlight_alerts_total", {"rule": "click", "state": "standing"}),
    }
    before = {key: value(name, **labels) for key, (name, labels) in names.items()}
    scene = make_scene(deps)
    scene.click(scene.message(scene.lead()), deps.now())
    scene.spool()
    scene.settle()
    scene.spool()
    scene.settle()

    grown = {key: value(name, **labels) - before[key] for key, (name, labels) in names.items()}
    assert grown == {"drained": 1, "doubled": 1, "recounted": 2, "scored": 2, "timed": 2, "alerts": 1}


def test_an_events_id_leads_to_its_alert_in_the_log(deps, caplog):
    """The event id that the edge assigned is logged with the alert id; the lead's address and the link's URL are not logged."""
    caplog.set_level(logging.DEBUG)
    scene = make_scene(deps)
    lead = scene.lead()
    click = scene.click(scene.message(lead), deps.now())
    scene.spool()
    scene.settle()
    (alert,) = scene.store.alerts.latest()

    ours = [vars(record) for record in caplog.records if record.name.startswith(("workers", "tracker"))]
    assert [row["row"] for row in ours if row.get("event") == click.id and "row" in row]
    assert [row["event"] for row in ours if row.get("alert") == alert.id] == [click.id]
    assert lead.email not in json.dumps([{k: str(v) for k, v in row.items()} for row in ours])


def test_every_lag_is_reported(deps):
    """A drain with a backlog and an old dirty mark are both reported."""
    scene = make_scene(deps)
    lead = scene.lead()
    assert check_health(deps).late == {}

    deps.store.dirty.mark(scene.workspace.id, lead.id, [deps.now()])
    deps.store.database.dirty.update_many({}, {"$set": {"marked_at": deps.now() - timedelta(minutes=3)}})
    deps.redis.hset(DRAINS_KEY, deps.settings.host_name, json.dumps({"at": to_ms(deps.now()), "lag_events": 7, "lag_seconds": 120}))
    measure(deps, deps.now())

    assert check_health(deps).late.keys() == {"drain", "recount"}
    assert value("leadlight_drain_lag_events") == 7
    assert value("leadlight_drain_lag_seconds") > 100
    assert value("leadlight_dirty_marks", lane="live") == 1
    assert 0 < value("leadlight_disk_used_ratio") < 1


def test_the_mail_queue_is_measured(deps):
    """Messages by state, and how late the oldest due one is; an empty queue is zero."""
    scene, now = make_scene(deps), deps.now()
    measure(deps, now)
    assert (value("leadlight_mail_queue_messages", state="queued"), value("leadlight_mail_queue_age_seconds")) == (0, 0)

    lead = scene.lead()
    for state, due in ((MessageState.QUEUED, -timedelta(minutes=3)), (MessageState.SCHEDULED, timedelta(days=1))):
        scene.store.messages.change(scene.message(lead, now).id, state=state.value, next_try_at=now + due)
    measure(deps, now)

    found = {state: value("leadlight_mail_queue_messages", state=state) for state in ("queued", "scheduled", "sending")}
    assert found == {"queued": 1, "scheduled": 1, "sending": 0}
    assert 180 <= value("leadlight_mail_queue_age_seconds") < 240


def test_a_silent_drain_is_reported_as_late(deps):
    """It was stopped for hours, or never started since Redis was flushed: the state does not expire."""
    assert check_health(deps).late == {}  # from here on the drain is expected to publish its state

    (said,) = [json.loads(deps.redis.hget(DRAINS_KEY, ""))]
    assert deps.redis.ttl(DRAINS_KEY) == -1
    deps.redis.hset(DRAINS_KEY, "", json.dumps({**said, "at": said["at"] - 3 * 3_600_000}))
    assert check_health(deps).late.keys() == {"drain"}


def test_waiting_events_are_counted_while_the_drain_is_silent(deps):
    """Its last published state is out of date: a process that can read the spool counts the rows itself."""
    scene = make_scene(deps)
    message = scene.message(scene.lead())
    long_ago = to_ms(deps.now() - timedelta(minutes=2))
    deps.redis.hset(DRAINS_KEY, deps.settings.host_name, json.dumps({"at": long_ago, "lag_events": 7, "lag_seconds": 3}))
    shutil.rmtree(deps.settings.spool_dir, ignore_errors=True)
    assert check_health(deps).drain_events is None

    scene.spool([scene.open(message, deps.now()) for _ in range(3)])
    (file,) = layout.files(deps.settings.spool_dir)
    layout.Watermarks().set(file, 1)
    scene.spool([scene.open(message, deps.now()) for _ in range(2)])
    (deps.settings.spool_dir / "0.db").write_bytes(b"no database" * 99)
    measure(deps, deps.now())
    assert value("leadlight_drain_lag_events") == 4

    with closing(SpoolFile(deps.settings.spool_dir)) as live:
        for count in (5, 6):
            live.append([b"{}"])
            measure(deps, deps.now())
            assert value("leadlight_drain_lag_events") == count
    layout.unlink(file)
    measure(deps, deps.now())
    assert value("leadlight_drain_lag_events") == 4


def test_the_drain_publishes_its_lag_while_mongodb_is_down(deps):
    """The number of waiting rows is known although none can be stored."""
    scene = make_scene(deps)
    clicks = [scene.click(scene.message(scene.lead(f"{n}")), deps.now()) for n in range(3)]
    scene.spool(clicks)
    Drain(deps).lag.publish()

    assert json.loads(deps.redis.hget(DRAINS_KEY, deps.settings.host_name))["lag_events"] == len(clicks)


def test_a_late_alert_is_counted_as_late(deps):
    """Alerts that were delivered and alerts that were too late are counted separately."""
    before = value("leadlight_alerts_total", rule="click", state="late")
    scene = make_scene(deps)
    scene.click(scene.message(scene.lead()), deps.now() - timedelta(hours=2))
    scene.spool()
    scene.settle()

    assert AlertState.LATE in {alert.state for alert in scene.store.alerts.latest()}
    assert value("leadlight_alerts_total", rule="click", state="late") == before + 1
