"""The rep's own browser in the workers: clicks and visits with the signed mark, in any order of arrival, and their corrections."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.scenes import CHROME, NOON, Scene, make_scene
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.base.clock import to_ms
from tracker.domain.activity.capture import Capture
from tracker.domain.activity.event import EventKind, Label
from tracker.domain.activity.own_browser import mark_id
from tracker.domain.mail.message import Message
from workers.drain.process import Drain

SENT = NOON - timedelta(hours=1)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
MAC = CHROME.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(deps)


def own_click(scene: Scene, message: Message, at=NOON) -> Capture:
    return scene.click(message, at, signs=("own",), rep=scene.rep.id)


def land(scene: Scene, click: Capture, visitor: str = "rita", path: str = "/pricing", at=NOON) -> Capture:
    return scene.page(visitor, path, at + SECOND, landing=click.id, landing_at=click.at, inputs=5, input_ms=100)


def arrived(scene: Scene, *parts: list[Capture]) -> None:
    """Each part is stored and recomputed before the next arrives."""
    for part in parts or ([*scene.captures],):
        scene.spool(part)
        scene.settle()


def labels(scene: Scene, *captures: Capture) -> list[Label]:
    found = {event.id: event.verdict.label for event in scene.store.events.by_ids(c.id for c in captures)}
    return [found[capture.id] for capture in captures]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_the_visits_of_a_reps_browser_are_the_reps_in_any_order_of_arrival(scene: Scene, order: tuple[int, ...]):
    """Also a visit of the week before, and one of the day after; the browser has no lead, nothing alerts and no visit is shown."""
    lead = scene.lead()
    before = scene.page("rita", "/", NOON - WEEK, inputs=3, input_ms=100)
    click = own_click(scene, scene.message(lead, SENT))
    landing = land(scene, click)
    after = scene.page("rita", "/product", NOON + timedelta(days=1), inputs=3, input_ms=100)
    parts = [[before], [click], [landing], [after]]
    arrived(scene, *(parts[place] for place in order))

    assert labels(scene, before, click, landing, after) == [Label.SELF] * 4
    assert scene.store.events.by_ids([click.id])[0].verdict.reasons[0] == "own_browser"
    assert [v for v in scene.store.visits.latest() if v.visitor == "rita"] == []
    assert scene.store.alerts.latest() == []
    assert {event.lead for event in scene.store.events.by_ids([landing.id, before.id])} == {None}


def test_a_browser_that_was_bound_is_taken_from_the_lead(scene: Scene):
    """The rep followed a lead's link before the browser was marked: the visit no longer counts."""
    lead = scene.lead()
    message = scene.message(lead, SENT)
    click = scene.click(message, NOON)
    landing = land(scene, click)
    arrived(scene)
    assert [visit.lead for visit in scene.store.visits.latest()] == [lead.id]
    marked = own_click(scene, message, NOON + timedelta(days=1))
    later = land(scene, marked, at=NOON + timedelta(days=1))
    arrived(scene, [marked, later])

    assert labels(scene, landing, later) == [Label.SELF, Label.SELF]
    assert scene.store.visits.latest() == []
    assert scene.store.events.by_ids([landing.id])[0].lead is None


def test_count_it_makes_the_click_and_the_visits_the_leads(scene: Scene, deps: Deps):
    """The correction `person`; taken back, all is the rep's again."""
    lead = scene.lead()
    before = scene.page("rita", "/", NOON - WEEK, inputs=3, input_ms=100)
    click = own_click(scene, scene.message(lead, SENT))
    landing = land(scene, click)
    arrived(scene)
    correct_cause(deps, scene.workspace.id, click.id, "person", scene.rep)
    scene.settle()
    assert labels(scene, before, click, landing) == [Label.HUMAN] * 3
    assert {visit.lead for visit in scene.store.visits.latest()} == {lead.id}
    assert scene.store.alerts.latest() != []

    correct_cause(deps, scene.workspace.id, click.id, None, scene.rep)
    scene.settle()
    assert labels(scene, before, click, landing) == [Label.SELF] * 3
    assert scene.store.visits.latest() == []


@pytest.mark.parametrize("is_first", [True, False])
def test_a_lead_who_gets_the_reps_address_does_not_become_the_rep(scene: Scene, *, is_first: bool):
    """The rep forwards the address of the page, which holds the landing token, minutes later: the second browser is the lead's."""
    click = own_click(scene, scene.message(scene.lead(), SENT))
    rep, lead = land(scene, click), land(scene, click, "dana", at=NOON + timedelta(minutes=2))
    arrived(scene, *([[click, rep], [lead]] if is_first else [[lead], [click], [rep]]))

    assert labels(scene, rep, lead) == [Label.SELF, Label.HUMAN]


def test_an_unsure_click_makes_no_browser_the_reps(scene: Scene):
    """Only the signed mark does: not a machine's click, not an unsure one, and not a correction to `me`."""
    lead = scene.lead()
    click = scene.click(scene.message(lead, SENT), NOON)
    landing = land(scene, click)
    arrived(scene)
    correct_cause(scene.deps, scene.workspace.id, click.id, "me", scene.rep)
    scene.settle()
    assert labels(scene, click, landing) == [Label.SELF, Label.HUMAN]


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=20)])
def test_mark_this_browser_stores_nothing_but_the_claim(scene: Scene, late: timedelta):
    """The visitor is the rep's, also before; a link that is opened twenty minutes later, perhaps by another person, marks nothing."""
    before = scene.page("rita", "/", NOON - WEEK, inputs=3, input_ms=100)
    landing = scene.page(
        "rita", "/pricing", NOON + late + SECOND, landing=mark_id(to_ms(NOON), b"\x01\x02"), landing_at=to_ms(NOON), inputs=3, input_ms=100
    )
    arrived(scene)
    expected = Label.HUMAN if late else Label.SELF
    assert labels(scene, before, landing) == [expected, expected]
    assert scene.store.events.between(None, NOON + WEEK, [EventKind.CLICK], limit=9) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_mark_on_the_site_is_removed_and_set_again(scene: Scene, order: tuple[int, ...]):
    """The latest counts for all visits, in any order of arrival; a removal that is presented late, or by a second browser, is none."""

    def present(minutes: int, visitor: str = "rita", late: int = 0, *, is_removal: bool = False) -> Capture:
        made = to_ms(NOON + timedelta(minutes=minutes))
        key = mark_id(made, bytes((minutes, 0)), is_removal=is_removal)
        at = NOON + timedelta(minutes=minutes + late)
        return scene.page(visitor, f"/at{minutes}{late}", at, landing=key, landing_at=made, inputs=3, input_ms=100)

    before = scene.page("rita", "/", NOON - WEEK, inputs=3, input_ms=100)
    parts = [[before], [present(0)], [removal := present(5, is_removal=True)]]
    arrived(scene, *(parts[place] for place in order))
    assert labels(scene, *scene.captures) == [Label.HUMAN] * 3
    assert {visit.visitor for visit in scene.store.visits.latest()} == {"rita"}

    arrived(scene, [again := present(30)])
    assert labels(scene, before, removal, again) == [Label.SELF] * 3
    arrived(scene, [present(40, "dana", is_removal=True)], [present(40, late=1, is_removal=True)])
    arrived(scene, [present(60, late=20, is_removal=True)])
    assert labels(scene, before, again) == [Label.SELF] * 2


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ({"agent": MAC}, Label.HUMAN),
        ({"address": "198.51.100.20"}, Label.HUMAN),
        ({"address": "203.0.113.90"}, Label.SELF),
        ({"address": "2001:db8::7"}, Label.SELF),
    ],
    ids=["another program", "another network", "same network", "other version of IP"],
)
def test_a_copied_address_marks_no_browser_of_another_device(scene: Scene, client: dict[str, str], expected: Label):
    """The rep's snippet was blocked, so that the lead's browser is the first to present the landing token."""
    click = own_click(scene, scene.message(scene.lead(), SENT))
    landing = scene.page("dana", "/", NOON + timedelta(minutes=3), landing=click.id, landing_at=click.at, inputs=5, input_ms=100, **client)
    arrived(scene)
    assert labels(scene, click, landing) == [Label.SELF, expected]


def test_a_test_mail_to_a_rep_counts(scene: Scene):
    """The rep writes to the own address: open, click and visit are a person's, although the browser is marked and known."""
    other = own_click(scene, scene.message(scene.lead(), SENT), NOON - timedelta(days=2))
    known = land(scene, other, at=NOON - timedelta(days=2))
    lead = scene.lead("Rita Reyes", email=scene.rep.email.upper())
    message = scene.message(lead, SENT)
    opened = scene.open(message, NOON - SECOND, signs=("own",), rep=scene.rep.id)
    click = own_click(scene, message)
    landing = land(scene, click)
    arrived(scene)

    assert labels(scene, known, opened, click, landing) == [Label.SELF, Label.HUMAN, Label.HUMAN, Label.HUMAN]
    assert [(visit.lead, visit.started_at) for visit in scene.store.visits.latest()] == [(lead.id, NOON + SECOND)]


def test_a_reps_browser_leaves_the_live_view_and_does_not_return(scene: Scene, deps: Deps):
    """It may be shown until the click is known; heartbeats do not bring it back."""
    now = deps.now()
    click = own_click(scene, scene.message(scene.lead(), now - timedelta(hours=1)), now)
    landing = land(scene, click, at=now)
    scene.spool()
    Drain(deps).step()
    assert [state.state for state in deps.bus.presence(scene.workspace.id)] == ["active"]
    scene.settle()
    scene.page("rita", "/pricing", now + 9 * SECOND, "beat", active_ms=5000, inputs=9)
    arrived(scene, scene.captures[-1:])

    assert labels(scene, landing) == [Label.SELF]
    assert [(state.state, state.lead) for state in deps.bus.presence(scene.workspace.id)] == [("left", None)]


@pytest.mark.parametrize(("address", "is_known"), [("8.8.4.4", True), ("10.0.0.4", False), ("127.0.0.1", False), ("8.8.4.5", False)])
def test_the_public_address_of_a_session_is_noted_on_opens(scene: Scene, deps: Deps, address: str, *, is_known: bool):
    """It is stored with the event, so that a session that ends later changes no verdict."""
    session_address = "8.8.4.4" if address == "8.8.4.5" else address
    deps = scene.deps = replace(deps, now=lambda: NOON)
    token = sessions.start(deps, scene.rep, address=session_address)
    opened = scene.open(scene.message(scene.lead(), SENT), NOON, address=address)
    arrived(scene)
    event = scene.store.events.by_ids([opened.id])[0]
    assert ("rep_address" in event.signs, "rep_address" in event.verdict.reasons) == (is_known, is_known)
    sessions.end(deps, token)
    deps.store.dirty.mark(scene.workspace.id, event.lead, [NOON])
    scene.settle()
    assert scene.store.events.by_ids([opened.id])[0].verdict == event.verdict


@pytest.mark.parametrize(
    ("used", "drained", "is_known"),
    [
        (timedelta(), timedelta(minutes=9), True),
        (timedelta(), timedelta(minutes=11), False),
        (timedelta(minutes=-110), timedelta(), True),
        (timedelta(hours=-3), timedelta(), False),
        (timedelta(hours=5), timedelta(hours=5), False),
    ],
    ids=["fresh", "backlog", "used before", "used long before", "signed in long after"],
)
def test_an_address_says_something_only_about_its_time(scene: Scene, deps: Deps, used: timedelta, drained: timedelta, *, is_known: bool):
    """When the drain runs decides nothing else: a backlog gets no sign of the sessions of a later time."""
    sessions.start(replace(deps, now=lambda: NOON + used), scene.rep, address="8.8.4.4")
    opened = scene.open(scene.message(scene.lead(), SENT), NOON, address="8.8.4.4")
    scene.deps = replace(deps, now=lambda: NOON + drained)
    arrived(scene)
    assert ("rep_address" in scene.store.events.by_ids([opened.id])[0].signs) == is_known
