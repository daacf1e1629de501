"""Forwarded mail, on real servers: someone else reads a lead's mail. Found in any order of arrival, taken back when learnt better."""

import random
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.scenes import CHROME, HEADERS, NOON, Scene, make_scene
from tracker.actions.activity.corrections import correct_cause
from tracker.actions.deps import Deps
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.activity.event import OTHER_READER
from tracker.domain.alerting.alert import AlertRule, AlertState, Priority
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message

MAC = CHROME.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7")
CHROMEBOOK = CHROME.replace("Windows NT 10.0; Win64; x64", "X11; CrOS x86_64 14541.0.0")
COLLEAGUE = {"agent": MAC, "address": "198.51.100.20"}
TITLE = "Someone else at Acme reads your mail to Dana Whitfield"


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace at noon."""
    return make_scene(replace(deps, now=lambda: NOON + timedelta(minutes=12)))


def visit(scene: Scene, message: Message, visitor: str, at: float, path: str = "/", **client: str) -> Capture:
    """A click on a link of the message, and the page that follows, with a person's input; `at` in minutes after noon."""
    moment = NOON + timedelta(minutes=at)
    click = scene.click(message, moment, headers=HEADERS, **client)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page(visitor, path, moment + timedelta(seconds=1), page=f"{visitor}{path}{at}", **landing, **client)
    beat = {"active_ms": 8000, "inputs": 3, "input_ms": 900}
    scene.page(visitor, path, moment + timedelta(seconds=9), CaptureKind.BEAT, page=f"{visitor}{path}{at}", **beat, **client)
    return click


def forwarded(scene: Scene, lead: Lead) -> Message:
    """Dana reads on Windows, a colleague on a Mac elsewhere four minutes later."""
    message = scene.message(lead, NOON - timedelta(minutes=30))
    visit(scene, message, "dana", 0)
    visit(scene, message, "colleague", 4, "/pricing", **COLLEAGUE)
    return message


def arrive(scene: Scene, captures: list[Capture] | None = None) -> None:
    """The rows arrive and are worked through."""
    scene.spool(captures)
    scene.settle()


def standing(scene: Scene) -> list[tuple[AlertRule, str, str, str]]:
    """The alerts that stand, in order of time."""
    found = sorted(scene.store.alerts.latest(), key=lambda alert: (alert.at, alert.id))
    return [(a.rule, a.title, a.past, a.text) for a in found if a.state is AlertState.STANDING]


def state_of(scene: Scene, lead: Lead) -> object:
    """Everything that follows from the events, without the times at which it was computed."""
    store = scene.store
    return (
        [(e.id, e.reader, e.lead) for e in store.events.of_lead(lead.id)],
        msgspec.structs.replace(store.leads.get(lead.id).derived, scored_at=None),
        store.dwell.fill(store.visits.of_lead(lead.id)),
        standing(scene),
        sorted(store.visitors.by_ids(["dana", "colleague"]).items()),
    )


def readers(scene: Scene, lead: Lead) -> dict[str, str | None]:
    """The reader of each browser's visits."""
    return {visit.visitor: visit.reader for visit in scene.store.visits.of_lead(lead.id)}


def test_someone_else_is_a_visitor_of_their_own(scene: Scene) -> None:
    """Both browsers belong to the lead, never to the same reader. The lead was last seen with the lead's own events."""
    lead = scene.lead()
    message = forwarded(scene, lead)
    arrive(scene)

    assert readers(scene, lead) == {"dana": None, "colleague": OTHER_READER}
    visitor = scene.store.visitors.by_ids(["colleague"])["colleague"]
    assert [(b.lead, b.reader) for b in visitor.bindings] == [(lead.id, OTHER_READER)]
    derived = scene.store.leads.get(lead.id).derived
    assert derived.last_seen_at == NOON + timedelta(seconds=1)
    assert derived.last_url.endswith("/")
    assert (derived.clicks, derived.views) == (2, 2)
    assert derived.score >= 3 + 3 + 5, "two clicks, and pricing, which the colleague read"
    state = {found.visitor: found for found in scene.deps.bus.presence(scene.workspace.id)}
    assert [(state[name].lead, state[name].reader) for name in ("dana", "colleague")] == [(lead.id, None), (lead.id, OTHER_READER)]
    assert state["colleague"].message == message.id


def test_the_first_event_alerts_loudly_and_names_both(scene: Scene) -> None:
    """It alerts although the lead's click has just done so. What follows is told of someone else too."""
    lead = scene.lead()
    forwarded(scene, lead)
    arrive(scene)

    alerts = standing(scene)
    assert [rule for rule, *_ in alerts] == [AlertRule.CLICK, AlertRule.OTHER_READER]
    _, title, past, text = alerts[1]
    assert title == TITLE
    assert past == "Someone else at Acme read your mail to Dana Whitfield, 12:04"
    assert text.startswith("Mail to Dana Whitfield, read by someone else at Acme. ")
    assert "From your email “Offer v2”" in text
    assert {a.priority for a in scene.store.alerts.latest()} == {Priority.LOUD}


def test_a_second_visit_alerts_once_more_but_not_as_new_reader(scene: Scene) -> None:
    """The alert about another reader comes once for a message."""
    lead = scene.lead()
    message = forwarded(scene, lead)
    visit(scene, message, "colleague", 95, **COLLEAGUE)
    scene = replace(scene, deps=replace(scene.deps, now=lambda: NOON + timedelta(minutes=100)))
    arrive(scene)

    rules = [a.rule for a in sorted(scene.store.alerts.latest(), key=lambda a: a.at)]
    assert rules == [AlertRule.CLICK, AlertRule.OTHER_READER, AlertRule.CLICK]
    (last,) = [a for a in scene.store.alerts.latest() if a.at == NOON + timedelta(minutes=95)]
    assert last.title == "Someone else at Acme clicked Home"


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_ends_in_the_same_state(scene: Scene, seed: int) -> None:
    """The colleague's rows may come before the lead's."""
    lead = scene.lead()
    forwarded(scene, lead)
    arrive(scene)
    expected = state_of(scene, lead)
    for name in ("events", "claims", "dwell", "visitors", "visits", "facts", "alerts", "deliveries", "dirty"):
        scene.deps.store.database[name].delete_many({"k": {"$ne": "sent"}} if name == "events" else {})

    rows = scene.captures[::-1] if seed == 0 else scene.captures[3:] + scene.captures[:3]
    if seed > 1:
        rows = random.Random(seed).sample(scene.captures, len(scene.captures))
    cut = random.Random(seed).randint(1, len(rows) - 1)
    for part in (rows[:cut], rows[cut:], rows):
        arrive(scene, part)

    assert state_of(scene, lead) == expected


@pytest.mark.parametrize("seed", range(6))
def test_many_readers_in_any_order_end_in_the_same_state(scene: Scene, seed: int) -> None:
    """Three messages, four devices and some landings: what is learnt of one message reaches the others, whenever it arrives."""
    dice = random.Random(seed)
    lead = scene.lead()
    messages = [scene.message(lead, NOON - timedelta(minutes=60)) for _ in range(3)]
    clients = [
        {},
        COLLEAGUE,
        {"agent": CHROMEBOOK, "address": "192.0.2.44"},
        {"agent": f"{CHROME} Edg/150.0.0.0", "address": "203.0.113.9"},
    ]
    for at in sorted(dice.sample(range(-40, 10), 14)):
        client = dice.choice(clients)
        if dice.random() < 0.4:
            visit(scene, dice.choice(messages), f"b{clients.index(client)}", at, **client)
        else:
            scene.click(dice.choice(messages), NOON + timedelta(minutes=at), headers=HEADERS, **client)
    arrive(scene)
    expected = state_of(scene, lead)
    for name in ("events", "claims", "dwell", "visitors", "visits", "facts", "alerts", "deliveries", "dirty"):
        scene.deps.store.database[name].delete_many({"k": {"$ne": "sent"}} if name == "events" else {})

    rows = dice.sample(scene.captures, len(scene.captures))
    while rows:
        cut = dice.randint(1, 5)
        arrive(scene, rows[:cut])
        rows = rows[cut:]

    assert state_of(scene, lead) == expected


def test_a_device_that_is_first_with_another_mail_was_the_leads(scene: Scene) -> None:
    """Dana's Mac at home, learnt from a later mail, reaches back: the alert is withdrawn, and nothing is someone else's."""
    lead = scene.lead()
    forwarded(scene, lead)
    arrive(scene)
    later = scene.message(lead, NOON + timedelta(minutes=6))
    visit(scene, later, "colleague", 9, **COLLEAGUE)
    arrive(scene)

    assert readers(scene, lead) == {"dana": None, "colleague": None}
    assert TITLE not in [title for _, title, *_ in standing(scene)]
    assert [a.state for a in scene.store.alerts.latest() if a.rule is AlertRule.OTHER_READER] == [AlertState.WITHDRAWN]
    assert scene.store.leads.get(lead.id).derived.last_seen_at == NOON + timedelta(minutes=9, seconds=1)
    assert scene.store.events.leads_with_other_readers([lead.id]) == set()


def test_without_the_leads_own_click_the_first_reader_is_the_lead(scene: Scene) -> None:
    """If a rep says that the first click was automatic, the other one was the lead's."""
    lead = scene.lead()
    forwarded(scene, lead)
    arrive(scene)
    correct_cause(scene.deps, scene.workspace.id, scene.captures[0].id, "machine", scene.rep)
    scene.settle()

    assert readers(scene, lead) == {"colleague": None}


def test_phone_and_desktop_are_one_person(scene: Scene) -> None:
    """Nothing is told of someone else."""
    lead = scene.lead()
    message = scene.message(lead, NOON - timedelta(minutes=30))
    visit(scene, message, "desktop", 0)
    phone = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36"
    visit(scene, message, "phone", 2, agent=phone, address="198.51.100.20")
    arrive(scene)

    assert readers(scene, lead) == {"desktop": None, "phone": None}
    assert AlertRule.OTHER_READER not in [rule for rule, *_ in standing(scene)]
