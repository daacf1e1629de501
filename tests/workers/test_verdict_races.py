"""Verdicts whatever else happens meanwhile: events between the two steps of a batch, long visits, the same batch with other messages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenes import NOON, Scene, make_scene
from tracker.actions.deps import Deps
from tracker.actions.pipeline.scores import reclassify
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from workers.drain.process import Drain
from workers.recompute.batch import Batch
from workers.recompute.run import claim

OUTDATED = {"headers": {"accept": "*/*"}, "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0"}


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(replace(deps, now=lambda: NOON + timedelta(days=1)))


def stored(scene: Scene) -> None:
    """Drains what was captured, without any recomputation."""
    scene.spool()
    scene.captures.clear()
    drain = Drain(scene.deps)
    while drain.step():
        pass


def settled(scene: Scene) -> None:
    scene.spool()
    scene.captures.clear()
    scene.settle()


def verdicts(scene: Scene) -> dict[str, Verdict]:
    return {event.id: event.verdict for event in scene.store.events.latest(limit=100)}


def of_kind(scene: Scene, kind: EventKind) -> list[Event]:
    return [event for event in scene.store.events.latest(limit=100) if event.kind is kind]


def test_clicks_that_come_between_the_two_steps_of_a_batch_are_decided(scene: Scene) -> None:
    """The batch of the lead's browser finishes the lead's mark too: the clicks behind it must have passed the verdict step."""
    lead = scene.lead()
    click = scene.click(scene.message(lead, NOON - timedelta(hours=2)), NOON)
    scene.page("v1", "/", NOON + timedelta(seconds=1), landing=click.id, landing_at=click.at, inputs=2, input_ms=5)
    settled(scene)
    scene.page("v1", "/product", NOON + timedelta(seconds=60), inputs=1)
    stored(scene)
    batch = Batch(scene.deps, claim(scene.deps, "live", ("visitor", "lead"), 200))
    batch.recompute_visitors()
    scanned = scene.message(lead, NOON - timedelta(minutes=1))
    for link in (0, 1):
        scene.click(scanned, NOON + timedelta(seconds=60, milliseconds=100 * link), link=link, address="198.51.100.9")
    stored(scene)
    batch.recompute_leads()
    scene.settle()

    labels = [event.verdict.label for event in of_kind(scene, EventKind.CLICK) if event.message == scanned.id]
    assert labels == [Label.SCANNER, Label.SCANNER]


def test_a_page_that_comes_while_a_batch_runs_is_decided(scene: Scene) -> None:
    """An automated browser shows itself on the second page, between the two steps."""
    click = scene.click(scene.message(scene.lead(), NOON - timedelta(hours=2)), NOON)
    stored(scene)
    batch = Batch(scene.deps, claim(scene.deps, "live", ("visitor", "lead"), 200))
    batch.recompute_visitors()
    scene.page("v1", "/", NOON + timedelta(seconds=1), landing=click.id, landing_at=click.at, signs=("webdriver",), address="3.5.140.2")
    stored(scene)
    batch.recompute_leads()
    scene.settle()

    assert {event.verdict.label for event in scene.store.events.latest() if event.kind is not EventKind.SENT} == {Label.SCANNER}


def test_other_messages_of_the_batch_change_no_verdict(scene: Scene) -> None:
    """Whether a site is live is decided for each click: another lead's click days later says nothing of it."""
    first, second = scene.lead(), scene.lead("Omar Haddad")
    scene.page("early", "/", NOON - timedelta(days=20))
    settled(scene)
    old = scene.message(first, NOON - timedelta(days=12))
    scene.click(old, NOON - timedelta(days=5), **OUTDATED)
    settled(scene)
    scene.page("later", "/", NOON - timedelta(hours=2))
    scene.click(scene.message(second, NOON - timedelta(days=1)), NOON)
    settled(scene)
    before = verdicts(scene)

    reclassify(scene.deps, scene.workspace.id)
    scene.settle()
    assert verdicts(scene) == before


@pytest.mark.parametrize("client", [{}, {"address": "3.5.140.2"}], ids=["home", "cloud"])
def test_a_visit_of_hours_is_decided_as_a_whole(scene: Scene, client: dict[str, str]) -> None:
    """Input on the first page speaks for the last one too, five hours later, though rows arrive one by one."""
    click = scene.click(scene.message(scene.lead(), NOON - timedelta(hours=3)), NOON)
    settled(scene)
    for number in range(13):
        at = NOON + timedelta(minutes=25 * number, seconds=1)
        landed = {"landing": click.id, "landing_at": click.at, "inputs": 3, "input_ms": 100} if number == 0 else {"inputs": 0}
        scene.page("v1", f"/p{number}", at, **landed, **client)
        scene.page("v1", f"/p{number}", at + timedelta(seconds=20), CaptureKind.BEAT, active_ms=5000, **client)
        settled(scene)

    views = of_kind(scene, EventKind.VIEW)
    assert (len(views), {view.verdict.label for view in views}) == (13, {Label.HUMAN})


def test_a_view_that_no_longer_counts_is_not_the_last_act(scene: Scene) -> None:
    """Nothing stands: the lead has no last page either."""
    lead = scene.lead()
    click = scene.click(scene.message(lead, NOON - timedelta(hours=2)), NOON)
    scene.page("v1", "/pricing", NOON + timedelta(seconds=1), landing=click.id, landing_at=click.at, inputs=2, input_ms=5)
    settled(scene)
    assert scene.store.leads.get(lead.id).derived.last_kind == "view"
    for event in scene.store.events.of_lead(lead.id):
        if event.kind is not EventKind.SENT:
            scene.store.events.correct(event.id, "machine")
    scene.deps.store.dirty.mark(scene.workspace.id, lead.id, [NOON])
    scene.deps.store.dirty.mark_many([(scene.workspace.id, "visitor", "v1", NOON)])
    scene.settle()

    derived = scene.store.leads.get(lead.id).derived
    assert (derived.last_seen_at, derived.last_kind, derived.last_title, derived.last_url) == (None, None, None, None)
