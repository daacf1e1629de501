"""Correcting the cause of an event on the lead's timeline."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.console.conftest import Browser
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.domain.activity.capture import Capture
from tracker.domain.activity.event import Event, Label
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.store.ops.audit import AuditQuery


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    """A lead of the rep."""
    return scene.lead()


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


@pytest.fixture
def click(scene: Scene, dana: Lead) -> Capture:
    """A person's click on a sent email."""
    start = scene.deps.now() - timedelta(days=2)
    made = scene.click(scene.message(dana, start), start + timedelta(hours=1))
    scene.spool()
    scene.settle()
    return made


def event_of(scene: Scene, capture: Capture) -> Event:
    """The event of the capture."""
    found: Event = scene.store.events.get(capture.id)
    return found


def correct(browser: Browser, lead: Lead, capture: Capture, cause: str, **place: str) -> str:
    """Sends the menu's form; where the browser is sent then."""
    browser.get(f"/leads/{lead.id}")
    answer = browser.post(f"/leads/{lead.id}/events/{capture.id}/cause", {"cause": cause, **place})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_a_correction_decides_the_verdict_and_can_be_undone(rita: Browser, scene: Scene, dana: Lead, click: Capture) -> None:
    """The click folds into the automatic requests with its reason; Undo restores it."""
    before = event_of(scene, click).verdict
    assert "Undo" not in rita.get(f"/leads/{dana.id}").text

    correct(rita, dana, click, "machine")
    scene.settle()
    page = rita.get(f"/leads/{dana.id}").text

    assert event_of(scene, click).verdict.label is Label.SCANNER
    for words in ("1 automatic request", "Your team set the cause.", "Your team set the cause: automatic.", "Undo"):
        assert words in page, words

    correct(rita, dana, click, "")
    scene.settle()

    assert (event_of(scene, click).verdict, event_of(scene, click).correction) == (before, None)


def test_the_page_returns_to_the_same_place(rita: Browser, dana: Lead, click: Capture) -> None:
    """Without scripts, the page reloads at the event, with the same events shown."""
    assert correct(rita, dana, click, "me", before="1-" + "a" * 32, automatic="show") == (
        f"/leads/{dana.id}?before=1-{'a' * 32}&automatic=show#e-{click.id}"
    )
    assert f'id="e-{click.id}"' in rita.get(f"/leads/{dana.id}").text


def test_a_correction_is_in_the_audit_log_once(rita: Browser, scene: Scene, dana: Lead, click: Capture) -> None:
    """The same cause again writes no further entry."""
    for _ in range(2):
        correct(rita, dana, click, "person")
    (entry,) = scene.store.audit.page(AuditQuery(), limit=10).items
    assert (entry.action.value, entry.subject, entry.actor.name) == ("cause_corrected", "Dana Whitfield", "Rita Reyes")
    assert entry.details == {"event": click.id, "kind": "click", "old": "none", "new": "person", "lead_id": dana.id}


def test_an_unknown_cause_is_refused_in_words(rita: Browser, scene: Scene, dana: Lead, click: Capture) -> None:
    """The page says what a cause may be; nothing changes."""
    correct(rita, dana, click, "ghost")
    assert "Cause must be one of person, machine, me" in rita.get(f"/leads/{dana.id}").text
    assert event_of(scene, click).correction is None


def test_an_event_of_another_lead_is_not_found(rita: Browser, scene: Scene, dana: Lead, click: Capture) -> None:
    """The address names the lead as well, because permissions depend on it."""
    other = scene.lead("Omar Haddad")
    rita.get(f"/leads/{other.id}")
    for lead, event in ((other.id, click.id), (dana.id, "0" * 32), (dana.id, "x"), (dana.id, "A" * 32), (dana.id, "%00")):
        assert rita.post(f"/leads/{lead}/events/{event}/cause", {"cause": "me"}).status_code == 404, event
    assert event_of(scene, click).correction is None


def test_automatic_requests_open_on_request(rita: Browser, scene: Scene, dana: Lead, click: Capture) -> None:
    """The link shows and hides what is folded."""
    assert "automatic requests</a>" not in rita.get(f"/leads/{dana.id}").text
    correct(rita, dana, click, "machine")
    scene.settle()
    folded = rita.get(f"/leads/{dana.id}").text
    assert "Show automatic requests" in folded
    assert '<details class="fold">' in folded
    shown = rita.get(f"/leads/{dana.id}?automatic=show").text
    assert "Hide automatic requests" in shown
    assert '<details class="fold" open>' in shown
