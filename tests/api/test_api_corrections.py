"""Correcting the cause of an event by API: what it changes, and what it refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Program
from tests.scenes import NOON, Scene, make_scene
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys
from tracker.base.errors import Conflict
from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.leads.lead import Lead


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    """A lead whose click led to two pages and, three hours later, to a third."""
    lead = scene.lead()
    click = scene.click(scene.message(lead), NOON)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("b1", "/pricing", NOON + timedelta(seconds=2), **landing)
    scene.page("b1", "/security", NOON + timedelta(minutes=1))
    scene.page("b1", "/contact", NOON + timedelta(hours=3))
    scene.spool()
    scene.settle()
    return lead


@pytest.fixture
def program(app: Any, deps: Deps, scene: Scene) -> Program:
    """A program with a key of the rep."""
    return Program(app.test_client(), api_keys.new_key(deps, scene.workspace.id, rep=scene.rep.id)[1])


@pytest.fixture
def event_of(scene: Scene, dana: Lead) -> Callable[[str], Event]:
    """The lead's event of a kind, or of a page by its path, as it is now."""

    def find(name: str) -> Event:
        found: list[Event] = scene.store.events.by_ids(named[name])
        return found[0]

    named = {e.kind.value: [e.id] for e in scene.store.events.of_lead(dana.id)}
    named |= {(e.url or "").rpartition("/")[2]: [e.id] for e in scene.store.events.of_lead(dana.id) if e.kind is EventKind.VIEW}
    return find


def put(program: Program, lead: Lead, event: Event, cause: str | None) -> Any:
    """Sets the cause; the response."""
    return program.put(f"/leads/{lead.id}/events/{event.id}/cause", {"cause": cause})


@pytest.mark.parametrize(("cause", "label"), [("person", Label.HUMAN), ("machine", Label.SCANNER), ("me", Label.SELF)])
def test_the_cause_decides_the_verdict_until_it_is_taken_back(
    program: Program, scene: Scene, dana: Lead, event_of: Callable[[str], Event], cause: str, label: Label
) -> None:
    """The response has the correction, and the workers decide the verdict."""
    before = event_of("click").verdict
    assert put(program, dana, event_of("click"), cause).json["correction"] == cause
    scene.settle()
    assert (event_of("click").verdict.label, event_of("click").verdict.reasons) == (label, ("corrected",))

    assert put(program, dana, event_of("click"), None).json["correction"] is None
    scene.settle()
    assert event_of("click").verdict == before


def test_an_automatic_click_takes_its_visitor_along(program: Program, scene: Scene, dana: Lead, event_of: Callable[[str], Event]) -> None:
    """Its browser belongs to no lead any more; taken back, it does again."""
    pricing = event_of("pricing")
    assert pricing.lead == dana.id
    put(program, dana, event_of("click"), "machine")
    scene.settle()
    assert event_of("pricing").lead is None

    put(program, dana, event_of("click"), None)
    scene.settle()
    assert event_of("pricing").lead == dana.id


def test_a_page_event_stands_for_its_visit(program: Program, scene: Scene, dana: Lead, event_of: Callable[[str], Event]) -> None:
    """The other page of the visit follows, the next visit does not; a later correction replaces the earlier one."""
    put(program, dana, event_of("security"), "machine")
    scene.settle()
    assert [event_of(page).verdict.label for page in ("pricing", "security", "contact")] == [Label.SCANNER, Label.SCANNER, Label.HUMAN]

    put(program, dana, event_of("pricing"), "person")
    scene.settle()
    assert [event_of(page).verdict.label for page in ("pricing", "security")] == [Label.HUMAN, Label.HUMAN]
    assert [event_of(page).correction for page in ("pricing", "security")] == ["person", None]


def test_lead_visitor_and_followers_are_marked_in_the_live_queue(
    deps: Deps, scene: Scene, dana: Lead, event_of: Callable[[str], Event]
) -> None:
    """A correction counts at once, not after the bulk of other work."""
    correct_cause(deps, scene.workspace.id, event_of("click").id, "machine", scene.rep)
    assert deps.store.dirty.counts() == {"live": 2}


def test_a_sent_email_has_no_cause_to_correct(program: Program, dana: Lead, event_of: Callable[[str], Event]) -> None:
    """It is recorded, no guess."""
    assert put(program, dana, event_of("sent"), "machine").status_code == 422


@pytest.mark.parametrize("body", [{}, {"cause": "robot"}, {"cause": ""}, {"cause": "me", "more": 1}])
def test_an_unknown_cause_is_refused(program: Program, dana: Lead, event_of: Callable[[str], Event], body: dict[str, object]) -> None:
    """The body names one of three causes, or null."""
    assert program.put(f"/leads/{dana.id}/events/{event_of('click').id}/cause", body).status_code == 422
    assert event_of("click").correction is None


def test_the_event_must_be_the_leads(program: Program, scene: Scene, dana: Lead, event_of: Callable[[str], Event]) -> None:
    """Permissions depend on the lead in the address."""
    assert put(program, scene.lead("Omar Haddad"), event_of("click"), "me").status_code == 404
    for unknown in ("0" * 32, "x", "A" * 32, "$ne", "%00", "é", "0" * 33):
        assert program.put(f"/leads/{dana.id}/events/{unknown}/cause", {"cause": "me"}).status_code == 404, unknown


def test_a_sealed_event_keeps_its_verdict(deps: Deps, scene: Scene, dana: Lead, event_of: Callable[[str], Event]) -> None:
    """Its day is kept as facts only, so a correction could change nothing."""
    deps.store.workspaces.change(scene.workspace.id, sealed_before=NOON + timedelta(hours=1))
    with pytest.raises(Conflict):
        correct_cause(deps, scene.workspace.id, event_of("click").id, "machine", scene.rep)


def test_events_carry_their_correction(program: Program, dana: Lead, event_of: Callable[[str], Event]) -> None:
    """Null where no rep said anything."""
    put(program, dana, event_of("click"), "me")
    found = program.get(f"/leads/{dana.id}/events").json["items"]
    assert {event["kind"]: event["correction"] for event in found if event["kind"] in ("sent", "click")} == {"sent": None, "click": "me"}
