"""Verdicts in the workers: holds, scans beside people, and what follows from a changed verdict."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenes import HEADERS, NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.pipeline.scores import reclassify
from tracker.base.clock import to_ms
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import EventKind, Label
from tracker.domain.alerting.alert import AlertRule, AlertState, Priority
from tracker.rules.verdicts.reasons import RULES_VERSION
from workers.drain.process import Drain
from workers.recompute.run import recompute

SCANNER = {"address": "198.51.100.7", "headers": {"accept": "*/*"}}


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(deps)


def drained(scene: Scene) -> None:
    """Everything captured so far is stored."""
    scene.spool()
    scene.captures.clear()
    drain = Drain(scene.deps)
    while drain.step():
        pass


def labels(scene: Scene, lead: str) -> list[Label]:
    return [e.verdict.label for e in scene.store.events.of_lead(lead) if e.kind in (EventKind.OPEN, EventKind.CLICK)]


def at(deps: Deps, moment) -> Deps:
    return replace(deps, now=lambda: moment)


def loud(scene: Scene) -> list[AlertRule]:
    return [a.rule for a in scene.store.alerts.latest() if a.priority is Priority.LOUD and a.state is AlertState.STANDING]


def test_a_click_in_a_young_message_is_held_and_alerts_when_the_hold_is_over(scene: Scene, deps: Deps):
    """Held for three seconds it is unsure and causes no alert; a mark with a due time takes the next look."""
    now = deps.now()
    lead = scene.lead()
    scene.click(scene.message(lead, now - timedelta(minutes=1)), now)
    drained(scene)
    recompute(deps, "live")
    assert (labels(scene, lead.id), loud(scene)) == ([Label.UNSURE], [])
    assert scene.store.events.of_lead(lead.id)[-1].rules_version == RULES_VERSION
    assert not deps.store.dirty.has_due_look(now + timedelta(seconds=1))

    later = now + timedelta(seconds=5)
    assert deps.store.dirty.has_due_look(later)
    recompute(at(deps, later), "live")
    assert (labels(scene, lead.id), loud(scene)) == ([Label.HUMAN], [AlertRule.CLICK])


def test_a_browsers_click_in_an_older_message_is_not_held(scene: Scene):
    """Nothing speaks against a person, and scans are over."""
    lead = scene.lead()
    scene.click(scene.message(lead, NOON - timedelta(hours=2)), NOON)
    drained(scene)
    recompute(at(scene.deps, NOON + timedelta(milliseconds=80)), "live")
    assert (labels(scene, lead.id), loud(scene)) == ([Label.HUMAN], [AlertRule.CLICK])


def test_a_scan_causes_no_alert_and_leaves_it_to_the_person(scene: Scene):
    """All links within a second are a machine's; a person who clicks in the same half hour alerts loudly."""
    lead, sent = scene.lead(), NOON - timedelta(minutes=40)
    message = scene.message(lead, sent)
    for number in range(4):
        scene.click(message, sent + timedelta(seconds=43, milliseconds=90 * number), link=number, **SCANNER)
    scene.click(message, sent + timedelta(minutes=12))
    scene.spool()
    scene.settle()

    assert labels(scene, lead.id) == [Label.SCANNER] * 4 + [Label.HUMAN]
    (alert,) = scene.store.alerts.latest()
    assert (alert.rule, alert.at, alert.priority) == (AlertRule.CLICK, sent + timedelta(minutes=12), Priority.LOUD)


def test_a_head_request_beside_a_click_counts_against_it(scene: Scene):
    """The scanner looks with HEAD first, then follows the link from the same network."""
    lead = scene.lead()
    message = scene.message(lead, NOON - timedelta(hours=1))
    scene.capture(CaptureKind.HEAD, NOON, message=message.id, method="HEAD", address="198.51.100.9", agent="")
    scene.click(message, NOON + timedelta(seconds=2), **SCANNER)
    scene.spool()
    scene.settle()

    assert labels(scene, lead.id) == [Label.SCANNER]


def test_an_unsure_click_is_shown_and_alerts_when_a_person_reads_the_page(scene: Scene, deps: Deps):
    """A program's headers, then trusted input on the page that the click brought. It counts from its own time."""
    lead, now = scene.lead(), deps.now() - timedelta(minutes=2)
    click = scene.click(scene.message(lead, now - timedelta(hours=1)), now, headers={"accept": "*/*", "sec-fetch-mode": "navigate"})
    scene.page("browser", "/pricing", now + timedelta(seconds=2), landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()
    assert labels(scene, lead.id) == [Label.UNSURE]
    (alert,) = scene.store.alerts.latest()
    assert (alert.state, alert.title) == (AlertState.UNSURE, "Not confirmed: a click by Dana Whitfield")
    assert scene.store.deliveries.of_alerts([alert.id])[alert.id] == []
    assert scene.store.leads.get(lead.id).derived.engagement == 0

    scene.captures.clear()
    scene.page("browser", "/pricing", now + timedelta(seconds=9), CaptureKind.BEAT, inputs=3, input_ms=6000, active_ms=3000)
    scene.spool()
    scene.settle()
    assert labels(scene, lead.id) == [Label.HUMAN]
    assert AlertState.UNSURE not in {a.state for a in scene.store.alerts.latest()}
    assert loud(scene) != []
    assert [visit.lead for visit in scene.store.visits.latest()] == [lead.id]


def test_a_time_of_sending_that_is_told_late_decides_as_if_it_had_been_known(scene: Scene, deps: Deps):
    """The order in which the times arrive changes nothing."""
    lead = scene.lead()
    message = scene.message(lead, NOON - timedelta(seconds=40))
    scene.store.messages.rows.update_many({}, {"$set": {"sent_at": None}})
    proxy = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    scene.open(message, NOON - timedelta(seconds=37), agent=proxy)
    scene.spool()
    scene.settle()
    assert labels(scene, lead.id) == [Label.PROXY]

    scene.store.messages.rows.update_many({}, {"$set": {"sent_at": NOON - timedelta(seconds=40)}})
    deps.store.dirty.mark(scene.workspace.id, lead.id, [NOON - timedelta(seconds=40)])
    scene.captures.clear()
    scene.settle()
    assert labels(scene, lead.id) == [Label.PREFETCH]


def test_reclassify_changes_nothing_with_the_same_rules(scene: Scene, deps: Deps):
    """The workers decide by the same function."""
    lead = scene.lead()
    message = scene.message(lead, NOON - timedelta(hours=1))
    scene.open(message, NOON - timedelta(minutes=30))
    click = scene.click(message, NOON, headers=HEADERS)
    scene.page("browser", "/", NOON + timedelta(seconds=1), landing=click.id, landing_at=to_ms(NOON))
    scene.spool()
    scene.settle()
    before = {e.id: e.verdict for e in scene.store.events.of_lead(lead.id)}

    reclassify(deps, scene.workspace.id)
    scene.captures.clear()
    scene.settle()
    assert {e.id: e.verdict for e in scene.store.events.of_lead(lead.id)} == before


def test_a_robot_that_presents_the_same_landing_token_takes_nothing_from_the_person(scene: Scene):
    """Its claim is stored, and skipped when the browser is bound."""
    lead = scene.lead()
    click = scene.click(scene.message(lead, NOON - timedelta(hours=1)), NOON)
    scene.page("robot", "/", NOON + timedelta(milliseconds=300), landing=click.id, landing_at=click.at, agent="curl/8.5.0")
    scene.page("person", "/", NOON + timedelta(seconds=1), landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()

    assert {visit.visitor: visit.lead for visit in scene.store.visits.latest()} == {"person": lead.id}


def test_a_visit_without_input_is_looked_at_again_when_it_is_over(scene: Scene, deps: Deps):
    """Whether a person was there is open while the page is; the later look decides as a recomputation of everything would."""
    now = deps.now()
    scene.page("browser", "/pricing", now)
    scene.page("browser", "/pricing", now + timedelta(seconds=5), CaptureKind.BEAT, inputs=0, active_ms=0)
    drained(scene)
    recompute(deps, "live")

    def verdict() -> Label:
        (event,) = scene.store.events.latest()
        return event.verdict.label

    assert verdict() is Label.HUMAN
    assert not deps.store.dirty.has_due_look(now + timedelta(seconds=29))
    later = now + timedelta(seconds=31)
    assert deps.store.dirty.has_due_look(later)
    recompute(at(deps, later), "live")
    assert verdict() is Label.UNSURE
    assert not deps.store.dirty.counts()
