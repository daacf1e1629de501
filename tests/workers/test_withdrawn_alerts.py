"""Alerts that change after they were decided: withdrawn, standing again, raised. With the stored events of real batches."""

from datetime import timedelta

import pytest

from tests.scenes import Scene, make_scene
from tracker.actions.alerting.channels import set_channel
from tracker.actions.deps import Deps
from tracker.base.clock import to_ms
from tracker.domain.activity.event import Label
from tracker.domain.alerting.alert import Alert, AlertRule, AlertState, WithdrawnReason
from tracker.domain.alerting.channel import ChannelName
from tracker.domain.alerting.delivery import Delivery, DeliveryState

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clicked(deps: Deps) -> Scene:
    """A lead that clicked a link two minutes ago; the alert is delivered to the rep's webhook."""
    scene = make_scene(deps)
    set_channel(deps, scene.workspace.id, scene.rep.id, ChannelName.WEBHOOK, {"url": "https://hooks.example/x"})
    set_channel(deps, scene.workspace.id, scene.rep.id, ChannelName.EMAIL, {"address": scene.rep.email})
    now = deps.now() - 2 * MINUTE
    scene.click(scene.message(scene.lead(), now - 30 * MINUTE), now)
    scene.spool()
    scene.settle()
    return scene


def click_alert(scene: Scene) -> Alert:
    [alert] = [alert for alert in scene.store.alerts.latest() if alert.rule is AlertRule.CLICK]
    return alert


def delivery(scene: Scene, channel: ChannelName) -> Delivery:
    [found] = [row for row in scene.store.deliveries.of_alerts([click_alert(scene).id])[click_alert(scene).id] if row.channel is channel]
    return found


_CORRECTIONS = {Label.SCANNER: "machine", Label.SELF: "me", Label.HUMAN: "person"}


def judge(scene: Scene, label: Label) -> None:
    """Gives the click a verdict and recomputes the lead."""
    alert = click_alert(scene)
    scene.store.events.correct(alert.cause, _CORRECTIONS[label])
    scene.deps.store.dirty.mark(scene.workspace.id, alert.lead, [alert.at])
    scene.settle()


def deliver(scene: Scene, channel: ChannelName) -> None:
    """As the notifier does."""
    now = scene.deps.now()
    scene.deps.store.delivery_queue.delivered([delivery(scene, channel)], settled=0, again_at=now, at=now, revision=0, attempts=1)


@pytest.mark.parametrize(
    ("label", "reason"), [(Label.SCANNER, WithdrawnReason.AUTOMATIC), (Label.SELF, WithdrawnReason.OWN)], ids=["scanner", "self"]
)
def test_a_withdrawn_alert_has_a_reason_and_is_due_where_it_was_delivered(clicked: Scene, label: Label, reason: WithdrawnReason):
    """What was not sent yet is cancelled. If it stands again, both are due."""
    deliver(clicked, ChannelName.WEBHOOK)
    judge(clicked, label)
    alert = click_alert(clicked)
    assert (alert.state, alert.withdrawn, alert.revision) == (AlertState.WITHDRAWN, reason, 1)
    assert (delivery(clicked, ChannelName.WEBHOOK).state, delivery(clicked, ChannelName.WEBHOOK).wanted) == (DeliveryState.DUE, 1)
    assert delivery(clicked, ChannelName.EMAIL).state is DeliveryState.CANCELLED

    judge(clicked, label)
    assert click_alert(clicked).revision == 1, "a repeat changes nothing"

    judge(clicked, Label.HUMAN)
    alert = click_alert(clicked)
    assert (alert.state, alert.withdrawn, alert.revision) == (AlertState.STANDING, None, 2)
    assert {delivery(clicked, channel).state for channel in (ChannelName.WEBHOOK, ChannelName.EMAIL)} == {DeliveryState.DUE}


def test_a_worker_that_is_killed_before_the_alert_is_saved_withdraws_it_later(clicked: Scene):
    """The delivery is due already; the next recompute repeats everything with the same revision."""
    deliver(clicked, ChannelName.WEBHOOK)
    before = clicked.deps.store.database.alerts.find_one({"rule": "click"})
    judge(clicked, Label.SCANNER)
    clicked.deps.store.database.alerts.replace_one({"_id": before["_id"]}, before)  # as if killed before saving
    judge(clicked, Label.SCANNER)

    alert = click_alert(clicked)
    assert (alert.state, alert.revision, delivery(clicked, ChannelName.WEBHOOK).wanted) == (AlertState.WITHDRAWN, 1, 1)


def test_an_alert_that_was_decided_in_time_is_never_late(clicked: Scene):
    """It is withdrawn, and stands again an hour after the click."""
    judge(clicked, Label.SCANNER)
    times = {"at": click_alert(clicked).at - 60 * MINUTE, "times.decided": click_alert(clicked).at - 59 * MINUTE}
    clicked.deps.store.database.alerts.update_one({"rule": "click"}, {"$set": times})
    clicked.deps.store.database.events.update_one({"kind": "click"}, {"$set": {"at": times["at"]}})
    judge(clicked, Label.HUMAN)

    assert click_alert(clicked).state is AlertState.STANDING


def test_the_alert_knows_when_the_visit_was_last_active(clicked: Scene):
    """Another page changes the text, not the title; the title for later has the time of the click."""
    first = click_alert(clicked)
    landing = {"landing": first.cause, "landing_at": to_ms(first.at)}
    clicked.captures.clear()
    clicked.page("v", "/docs", first.at + MINUTE, **landing)
    clicked.spool()
    clicked.settle()
    later = click_alert(clicked)

    assert (later.title, later.active_until, later.revision) == (first.title, first.at + MINUTE, 1)
    assert later.text.startswith("Latest: Docs.")
    assert later.past.endswith(f", {first.at:%H:%M}")
