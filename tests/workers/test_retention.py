"""Retention: old events go, and nothing that followed from them changes."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.pipeline import scores
from tracker.actions.workspace.workspaces import change_workspace
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.alert import AlertRule
from workers.periodic.retention import Retention
from workers.recompute.run import recompute

DAY = timedelta(days=1)
LONG_AGO = NOON - 100 * DAY


@pytest.fixture
def scene(deps):
    """A lead who clicked and read a hundred days ago, and again yesterday; the workspace keeps events for a month."""
    made = make_scene(deps)
    lead = made.lead()
    message = made.message(lead, LONG_AGO)
    for at in (LONG_AGO + timedelta(minutes=5), NOON - DAY):
        made.open(message, at)
    click = made.click(message, LONG_AGO + timedelta(minutes=10))
    made.click(message, LONG_AGO + timedelta(minutes=11))
    landing = {"landing": click.id, "landing_at": click.at}
    made.page("browser", "/pricing", LONG_AGO + timedelta(minutes=10, seconds=3), **landing)
    made.page("browser", "/pricing", LONG_AGO + timedelta(minutes=12), CaptureKind.BEAT, active_ms=60_000, scroll=80)
    made.page("browser", "/", NOON - DAY + timedelta(minutes=5))
    made.spool()
    made.settle()
    made.captures.clear()
    policy = msgspec.structs.replace(made.workspace.policy, keep_events_days=30)
    deps.store.workspaces.change(made.workspace.id, policy=policy)
    return made, lead, message


def followed(deps, made, lead):
    """All that follows from events: score, facts, stage, visits, alerts, reactions, whose browser it is."""
    store = made.store
    derived = msgspec.structs.replace(store.leads.get(lead.id).derived, scored_at=None, score=0, change=0, engagement=0)
    return {
        "score": scores.score(deps, made.workspace.id, lead.id, NOON),
        "derived": derived,
        "facts": store.facts.of_leads([lead.id]),
        "moves": store.moves.of_lead(lead.id),
        "visits": store.dwell.fill(store.visits.of_lead(lead.id)),
        "alerts": sorted((a.id, a.state, a.text) for a in store.alerts.latest()),
        "reactions": [m.reaction for m in store.messages.of_lead(lead.id)],
        "visitor": store.visitors.find("browser"),
    }


def test_old_events_are_deleted_and_their_results_stay(deps, scene):
    """Also after everything is recomputed, and when the same lead and browser come back."""
    made, lead, message = scene
    before, retention = followed(deps, made, lead), Retention()

    retention.run(deps, NOON)
    assert len(made.store.events.of_lead(lead.id)) == 7, "a recompute under way may still read them"
    retention.run(deps, NOON)

    left = made.store.events.of_lead(lead.id)
    assert [(e.kind, e.address) for e in left if e.at < NOON - 2 * DAY] == [(EventKind.SENT, ""), (EventKind.CLICK, "")]
    assert len(left) == 4
    assert followed(deps, made, lead) == before

    scores.rescore(deps, made.workspace.id)
    deps.store.dirty.mark_many([(made.workspace.id, "visitor", "browser", LONG_AGO)])
    recompute(deps, "live"), recompute(deps, "bulk")
    assert followed(deps, made, lead) == before
    verdicts = {event.id: event.verdict for event in made.store.events.of_lead(lead.id)}
    scores.reclassify(deps, made.workspace.id)
    recompute(deps, "live"), recompute(deps, "bulk")
    assert {event.id: event.verdict for event in made.store.events.of_lead(lead.id)} == verdicts

    made.open(message, NOON)
    made.page("browser", "/contact", NOON + timedelta(minutes=1))
    made.spool()
    made.settle()
    assert made.store.messages.get(message.id).reaction.opened_at == before["reactions"][0].opened_at
    assert [a.rule for a in made.store.alerts.latest() if a.at >= NOON and a.rule is AlertRule.FIRST_OPEN] == []
    assert "/contact" in made.store.events.of_lead(lead.id)[-1].url


def test_facts_of_the_last_sealed_day_count_when_the_first_kept_day_is_recomputed(deps):
    """Prices seen at noon on either side of the seal: the second time stays the second."""
    made = make_scene(deps)
    lead = made.lead()
    seal = NOON.replace(hour=0) - 30 * DAY
    click = made.click(made.message(lead, seal - DAY), seal - timedelta(hours=12, seconds=10))
    made.page("browser", "/pricing", seal - timedelta(hours=12), landing=click.id, landing_at=click.at)
    made.page("browser", "/pricing", seal + timedelta(hours=12))
    made.spool()
    made.settle()
    known = {alert.id: alert for alert in made.store.alerts.latest()}
    assert AlertRule.PRICING_AGAIN in {alert.rule for alert in known.values()}
    deps.store.workspaces.change(made.workspace.id, policy=msgspec.structs.replace(made.workspace.policy, keep_events_days=30))
    retention = Retention()
    retention.run(deps, NOON)
    retention.run(deps, NOON)
    assert not [event for event in made.store.events.of_lead(lead.id) if event.kind is EventKind.VIEW and event.at < seal]

    scores.rescore(deps, made.workspace.id)
    recompute(deps, "live"), recompute(deps, "bulk")
    assert {alert.id: alert for alert in made.store.alerts.latest()} == known


def test_a_day_with_waiting_marks_is_not_sealed(deps, scene):
    """Events that are not yet recomputed are not deleted."""
    made, lead, _ = scene
    deps.store.dirty.mark(made.workspace.id, lead.id, [LONG_AGO])
    retention = Retention()
    retention.run(deps, NOON), retention.run(deps, NOON)

    assert len(made.store.events.of_lead(lead.id)) == 7


def test_without_a_limit_everything_is_kept(deps, scene):
    """No limit is the default."""
    made, lead, _ = scene
    deps.store.workspaces.change(made.workspace.id, policy=made.workspace.policy)
    retention = Retention()
    retention.run(deps, NOON), retention.run(replace(deps), NOON)

    assert len(made.store.events.of_lead(lead.id)) == 7


@pytest.mark.parametrize("is_old", [False, True], ids=["", "sealed-by-an-older-version"])
@pytest.mark.parametrize(
    ("former", "zone"),
    [("UTC", "America/Los_Angeles"), ("UTC", "Asia/Tokyo"), ("UTC", "UTC"), ("Pacific/Pago_Pago", "Pacific/Kiritimati")],
)
def test_a_new_time_zone_changes_no_sealed_day_and_counts_nothing_twice(deps, former, zone, is_old):
    """The seal is a midnight of the old zone; its opens are gone, and stay counted. So does what is sealed after that."""
    made, retention = make_scene(deps), Retention()
    lead = made.lead()
    message = made.message(lead, NOON - 60 * DAY)
    midnight = (NOON - 30 * DAY).replace(hour=0)
    for hours in (-22, -19, -4, 3, 11, 20, 26):
        made.open(message, midnight + timedelta(hours=hours))
    made.open(message, NOON - DAY)
    made.spool()
    made.settle()
    policy = msgspec.structs.replace(made.workspace.policy, keep_events_days=30)
    deps.store.workspaces.change(made.workspace.id, policy=policy)

    change_workspace(deps, made.workspace.id, timezone=former)
    made.settle()
    retention.run(deps, NOON), retention.run(deps, NOON)
    if is_old:
        deps.store.workspaces.change(made.workspace.id, sealed_day=None)
    change_workspace(deps, made.workspace.id, timezone=zone)
    for days in range(4):
        scores.rescore(deps, made.workspace.id)
        made.settle()
        assert made.store.leads.get(lead.id).derived.opens == 8, days
        for hours in (0, 9, 18):
            now = NOON + days * DAY + timedelta(hours=hours)
            retention.run(deps, now), retention.run(deps, now)
            scores.rescore(deps, made.workspace.id)
            made.settle()
            assert made.store.leads.get(lead.id).derived.opens == 8, (days, hours)
    assert len([e for e in made.store.events.of_lead(lead.id) if e.kind is EventKind.OPEN]) == 1
