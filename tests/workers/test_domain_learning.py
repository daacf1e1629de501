"""Learning of recipients' domains by the daily job: what it reads, when it applies, and that it never feeds itself."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import HEADERS, NOON, Scene, make_scene
from tests.workers.test_verdicts import labels
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.deps import Deps
from tracker.actions.pipeline.scores import reclassify
from tracker.domain.activity.event import EventKind, Label
from tracker.domain.leads.lead import Lead
from tracker.rules.verdicts.learning import LEARNED_REASONS, start_of
from workers.periodic.domain_learning import DomainLearning
from workers.recompute.run import recompute

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ODD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SCANNER = {"address": "198.51.100.7", "agent": ODD, "headers": {"accept": "*/*"}}
TODAY = NOON.date()
NIGHT = start_of(TODAY + DAY) + 90 * MINUTE


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(replace(deps, now=lambda: NIGHT))


def scanned(scene: Scene, count: int = 6) -> Lead:
    """So many messages of a day, each with a burst on its links, and one that a person reads."""
    lead = scene.lead()
    for number in range(count):
        sent = NOON + number * MINUTE
        message = scene.message(lead, sent, domain="acme.example")
        for link in range(3):
            scene.click(message, sent + timedelta(seconds=40, milliseconds=90 * link), link=link, **SCANNER)
    scene.click(scene.message(lead, NOON, domain="acme.example"), NOON + 30 * MINUTE)
    scene.spool()
    scene.settle()
    return lead


def one_scan(scene: Scene, sent, **more) -> Lead:
    """A message with a single request like the scanner's, by headers a browser."""
    lead = scene.lead(f"Omar{sent:%d%H%M} Reed")
    scene.captures.clear()
    scene.click(scene.message(lead, sent, domain="acme.example"), sent + timedelta(seconds=41), **SCANNER | {"headers": HEADERS} | more)
    scene.spool()
    scene.settle()
    return lead


def reasons(scene: Scene, lead: Lead) -> set[str]:
    return {name for event in scene.store.events.of_lead(lead.id) if event.kind is EventKind.CLICK for name in event.verdict.reasons}


def test_a_day_is_learned_after_its_end_and_applies_to_the_next(scene: Scene):
    """Not to messages of the same day, nor is it read from the day that is not over."""
    scanned(scene)
    DomainLearning().run(scene.deps, NOON + timedelta(hours=8))
    assert scene.store.scan_profiles.of_days([("acme.example", TODAY)]) == {}

    DomainLearning().run(scene.deps, NIGHT)
    profile = scene.store.scan_profiles.of_days([("acme.example", TODAY)])["acme.example", TODAY]
    assert (profile.messages, profile.scanned, profile.families) == (7, 6, frozenset({"firefox"}))
    assert (round(profile.earliest), round(profile.latest)) == (40, 40)
    assert reasons(scene, one_scan(scene, NOON + 40 * MINUTE)) & LEARNED_REASONS == set()
    assert reasons(scene, one_scan(scene, NIGHT)) & LEARNED_REASONS


@pytest.mark.parametrize("is_first", [True, False])
def test_the_verdict_does_not_depend_on_when_the_job_ran(scene: Scene, is_first: bool):  # noqa: FBT001 - a case
    """A message of the first hour is looked at again once the day before is learned. A second run changes nothing."""
    scanned(scene)
    if is_first:
        DomainLearning().run(scene.deps, NIGHT)
    lead = one_scan(scene, start_of(TODAY + DAY) + 5 * MINUTE)
    DomainLearning().run(scene.deps, NIGHT)
    scene.settle()
    assert "just_like_the_scanner" in reasons(scene, lead)

    before = scene.store.events.of_lead(lead.id)
    DomainLearning().run(scene.deps, NIGHT + 10 * MINUTE)
    reclassify(scene.deps, scene.workspace.id)
    scene.settle()
    assert scene.store.events.of_lead(lead.id) == before


def test_quick_people_on_the_scanners_network_stay_people(scene: Scene):
    """The company's gateway scans with the program that its people use, from the address that they share."""
    scanned(scene)
    scene.captures.clear()
    for number in range(3):
        message = scene.message(scene.lead(f"Lea{number} Kundin"), NOON + number * MINUTE, domain="acme.example")
        scene.click(message, NOON + timedelta(hours=2), **SCANNER | {"headers": HEADERS})
    scene.spool()
    scene.settle()
    DomainLearning().run(scene.deps, NIGHT)

    lead = one_scan(scene, NIGHT)
    assert (reasons(scene, lead) & LEARNED_REASONS, labels(scene, lead.id)) == (set(), [Label.HUMAN])


def test_nothing_learned_confirms_itself(scene: Scene):
    """A click that only the profile makes a machine's is no scan for the next profile."""
    scanned(scene)
    DomainLearning().run(scene.deps, NIGHT)
    lead = one_scan(scene, NIGHT, headers={name: HEADERS[name] for name in ("accept", "accept-language")})
    assert labels(scene, lead.id) == [Label.SCANNER]

    DomainLearning().run(scene.deps, NIGHT + DAY)
    (day,) = [one for one in scene.store.domain_days.between(TODAY + DAY, TODAY + DAY) if one.domain == "acme.example"]
    assert (day.messages, day.scanned) == (1, 0)


def test_a_correction_counts_as_settled(scene: Scene):
    """Within a week, for the profiles of later days; that of its day stays as it was."""
    lead = scanned(scene, 5)
    DomainLearning().run(scene.deps, NIGHT)
    for event in [e for e in scene.store.events.of_lead(lead.id) if e.kind is EventKind.CLICK and e.address == SCANNER["address"]][:3]:
        correct_cause(scene.deps, scene.workspace.id, event.id, "person", scene.rep)
    scene.settle()
    DomainLearning().run(scene.deps, NIGHT + DAY)

    (day,) = scene.store.domain_days.between(TODAY, TODAY)
    assert (day.messages, day.scanned, day.networks) == (6, 4, {"4:c63364": 4})
    assert scene.store.scan_profiles.latest(10) == {}
    assert scene.store.scan_profiles.of_days([("acme.example", TODAY)])["acme.example", TODAY].scanned == 5


def test_it_can_be_switched_off(scene: Scene):
    """Learning goes on; verdicts do not use it."""
    scanned(scene)
    policy = msgspec.structs.replace(scene.workspace.policy, learn_domains=False)
    scene.deps.store.workspaces.change(scene.workspace.id, policy=policy)
    DomainLearning().run(scene.deps, NIGHT)

    assert scene.store.scan_profiles.latest(10).keys() == {"acme.example"}
    assert reasons(scene, one_scan(scene, NIGHT)) & LEARNED_REASONS == set()


def test_missed_days_are_made_up_for(scene: Scene):
    """The schedule was off for two days: each day gets the profile that it would have had."""
    scanned(scene)
    DomainLearning().run(scene.deps, NIGHT + 2 * DAY)

    days = [TODAY + number * DAY for number in range(3)]
    assert scene.store.scan_profiles.complete_days([*days, TODAY + 3 * DAY]) == set(days)
    assert {day for _, day in scene.store.scan_profiles.of_days([("acme.example", day) for day in days])} == set(days)


def test_another_workspace_learns_for_itself(scene: Scene):
    """The same domain is unknown there."""
    scanned(scene)
    DomainLearning().run(scene.deps, NIGHT)
    other = make_scene(scene.deps, "Southgate")

    assert reasons(other, one_scan(other, NIGHT)) & LEARNED_REASONS == set()


def test_old_days_are_forgotten(scene: Scene):
    """Summaries after sixty days; profiles stay as long as the events whose verdicts they explain."""
    scanned(scene)
    DomainLearning().run(scene.deps, NIGHT)
    DomainLearning().run(scene.deps, NIGHT + 70 * DAY)
    assert scene.store.domain_days.between(TODAY, TODAY) == []
    assert scene.store.scan_profiles.complete_days([TODAY]) == {TODAY}

    scene.deps.store.workspaces.change(scene.workspace.id, sealed_before=NOON + 30 * DAY)
    DomainLearning().run(scene.deps, NIGHT + 71 * DAY)
    assert scene.store.scan_profiles.complete_days([TODAY]) == set()
    assert recompute(scene.deps, "live") == 0
