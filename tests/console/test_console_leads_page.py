"""The lead page: what happened, told truly, and every change by a small form."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.console.conftest import Browser
from tests.scenes import Scene, make_scene
from tracker.actions.deps import Deps
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep


@pytest.fixture
def scene(deps: Deps) -> Scene:
    """A workspace with a site and a rep."""
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    """A lead of the rep."""
    return scene.lead(timezone="America/New_York")


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep's browser."""
    return signed_in(scene.rep)


def lead_of(scene: Scene, lead: Lead) -> Lead:
    """As it is now."""
    found: Lead = scene.store.leads.get(lead.id)
    return found


def test_an_untouched_lead_invites_to_write(rita: Browser, dana: Lead) -> None:
    """The empty timeline says what to do."""
    page = rita.get(f"/leads/{dana.id}").text
    assert "No activity yet" in page
    assert "their time" in page


def test_a_visit_is_told_page_by_page(rita: Browser, scene: Scene, dana: Lead) -> None:
    """From the mail's click to the form: one visit, its pages with their time, what was done, and a replay."""
    start = scene.deps.now() - timedelta(hours=2)
    message = scene.message(dana, start - timedelta(minutes=30))
    click = scene.click(message, start)
    at = start + timedelta(seconds=2)
    landing = {"landing": click.id, "landing_at": click.at}
    scene.page("b1", "/pricing", at, **landing)
    scene.page("b1", "/pricing", at + timedelta(seconds=95), CaptureKind.LEAVE, active_ms=94_000, scroll=80)
    scene.page("b1", "/contact", at + timedelta(seconds=96))
    scene.page("b1", "/contact", at + timedelta(seconds=120), CaptureKind.SUBMIT, fields={"email": "dana@acme.example", "budget": ""})
    scene.spool()
    scene.settle()
    page = rita.get(f"/leads/{dana.id}").text
    for words in (
        "Clicked",
        "in “Offer v2”",
        "Visited your site",
        "from “Offer v2”",
        "Pricing",
        "1:34",
        "Sent the form",
        "dana@acme.example",
        "(not stored)",
        "Why ",
    ):
        assert words in page, words
    assert "/visits/" in page
    assert "Not opened" not in page
    assert "not opened" not in page


def test_machine_opens_are_folded_and_the_status_claims_nothing(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Apple Mail loads pictures by itself: the status says that nothing can be told."""
    start = scene.deps.now() - timedelta(days=2)
    message = scene.message(dana, start)
    for minutes in (5, 6, 7):
        scene.open(message, start + timedelta(minutes=minutes), agent="Mozilla/5.0")
    scene.spool()
    scene.settle()
    page = rita.get(f"/leads/{dana.id}").text
    assert "3 automatic requests: loaded automatically by Apple Mail" in page
    assert "Unknown (Apple Mail loads images automatically)" in page


def test_silence_is_no_open_seen(rita: Browser, scene: Scene, dana: Lead) -> None:
    """The status of an unopened email states only what was seen."""
    scene.message(dana, scene.deps.now() - timedelta(days=1))
    scene.settle()
    assert "No open seen" in rita.get(f"/leads/{dana.id}").text


def test_lost_asks_for_a_reason(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Without one the lead stays; with one the reason stands in the history."""
    rita.post(f"/leads/{dana.id}/stage", {"stage": "Lost"})
    assert "needs a reason" in rita.get(f"/leads/{dana.id}").text
    assert lead_of(scene, dana).stage == "New"
    rita.post(f"/leads/{dana.id}/stage", {"stage": "Lost", "reason": "Chose a cheaper one"})
    assert lead_of(scene, dana).stage == "Lost"
    assert "Chose a cheaper one" in rita.get(f"/leads/{dana.id}").text


def test_source_next_action_and_owner_are_edited_in_place(rita: Browser, scene: Scene, dana: Lead) -> None:
    """The line at the top is three small forms."""
    rita.post(f"/leads/{dana.id}/source", {"source": "Referral", "source_detail": "Ines"})
    rita.post(f"/leads/{dana.id}/next", {"text": "Call about the pilot", "due": "2027-03-01"})
    rita.post(f"/leads/{dana.id}/owner", {"owner": ""})
    now = lead_of(scene, dana)
    assert (now.source, now.source_detail, now.owner) == ("Referral", "Ines", None)
    assert now.next_action is not None
    assert now.next_action.text == "Call about the pilot"
    rita.post(f"/leads/{dana.id}/next", {"done": "yes"})
    assert lead_of(scene, dana).next_action is None


def test_a_call_is_logged_in_two_clicks(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Opening the form and saving it is enough; words are welcome."""
    rita.post(f"/leads/{dana.id}/notes", {"kind": "call", "text": ""})
    rita.post(f"/leads/{dana.id}/notes", {"kind": "note", "text": "Likes\nshort mails <b>"})
    page = rita.get(f"/leads/{dana.id}").text
    assert "You had a call" in page
    assert "Likes\nshort mails &lt;b&gt;" in page


def test_tasks_sales_and_contact_data(rita: Browser, scene: Scene, dana: Lead) -> None:
    """What stands around the lead is added and shown; a finished task is gone."""
    rita.post(f"/leads/{dana.id}/tasks", {"text": "Send the contract", "due": ""})
    rita.post(f"/leads/{dana.id}/sales", {"product": "Pilot", "amount": "1500,50", "currency": "eur", "sold_on": "2026-10-02"})
    rita.post(
        f"/leads/{dana.id}/contact",
        {
            "name": "Dana W.",
            "email": "dw@acme.example",
            "phone": "+1 555 0100",
            "tags": "vip, emea",
            "own-industry": "Food",
            "own-size": "",
        },
    )
    page = rita.get(f"/leads/{dana.id}").text
    assert "Send the contract" in page
    assert "1,500.50 EUR" in page
    now = lead_of(scene, dana)
    assert (now.name, now.email, now.phone, now.tags) == ("Dana W.", "dw@acme.example", "+1 555 0100", ("vip", "emea"))
    assert now.fields == {"industry": "Food"}
    (task,) = scene.store.tasks.open_of_lead(dana.id)
    rita.post(f"/leads/{dana.id}/tasks/done", {"task": task.id})
    assert scene.store.tasks.open_of_lead(dana.id) == []


def test_scripts_get_the_problem_in_words(rita: Browser, dana: Lead) -> None:
    """A form sent by script learns what is wrong without losing the page."""
    answer = rita.post(f"/leads/{dana.id}/sales", {"product": "x", "amount": "much"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 422
    assert answer.get_json()["field"] == "amount"


def test_a_foreign_timeline_edge_is_ignored(rita: Browser, dana: Lead) -> None:
    """Whatever stands behind `before`, the page answers."""
    for before in ("x", "1-2", "9" * 40 + "-" + "a" * 32, "1790000000000-" + "a" * 32, "%00-%00"):
        assert rita.get(f"/leads/{dana.id}?before={before}").status_code == 200


def test_no_page_holds_inline_script_or_style(rita: Browser, scene: Scene, dana: Lead) -> None:
    """The content security policy would refuse them."""
    scene.message(dana)
    for path in ("/leads", "/leads/new", "/leads/import", f"/leads/{dana.id}", f"/leads/{dana.id}/write", f"/leads/{dana.id}/replay"):
        page = rita.get(path).text
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert "onclick" not in page, path
