"""The button *Alert me about this page*, its list in the settings, and the mark of a proposal on the message page."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests import live_messages
from tests.console.conftest import Browser
from tests.scenes import Scene, make_scene
from tracker.actions.alerting.watched_pages import watch_page
from tracker.actions.deps import Deps
from tracker.actions.team import reps
from tracker.base.clock import to_ms
from tracker.domain.leads.lead import Lead
from tracker.domain.team.rep import Rep
from tracker.store.ops.audit import AuditQuery

OFF, ON = ">Alert me about this page</span>", ">Alerting you · Stop</span>"


@pytest.fixture
def scene(deps: Deps) -> Scene:
    return make_scene(deps)


@pytest.fixture
def dana(scene: Scene) -> Lead:
    """A lead who is on the site, on the page Security."""
    lead, now = scene.lead(), scene.deps.now()
    click = scene.click(scene.message(lead, now - timedelta(hours=3)), now - timedelta(seconds=70))
    scene.page("dana", "/security", now - timedelta(minutes=1), landing=click.id)
    scene.spool()
    scene.settle()
    state = {"page": "p", "url": f"{scene.site.origins[0]}/security", "title": "Security", "state": "active"}
    seen = live_messages.presence("dana", lead=lead.id, since=to_ms(now), last=to_ms(now), **state)
    scene.deps.bus.set_presence(scene.workspace.id, {"dana": seen})
    return lead


@pytest.fixture
def rita(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """The rep, an admin."""
    return signed_in(scene.rep)


@pytest.fixture
def tom(signed_in: Callable[[Rep], Browser], scene: Scene) -> Browser:
    """A rep who is no admin."""
    return signed_in(reps.add_rep(scene.deps, scene.workspace.id, email="tom@northwind.example", name="Tom Birch"))


def places(scene: Scene, lead: Lead) -> tuple[str, ...]:
    (visit,) = scene.store.visits.of_lead(lead.id)
    return f"/leads/{lead.id}", "/live", "/live/rows", f"/visits/{visit.id}/replay"


def test_one_click_on_timeline_live_and_replay(rita: Browser, scene: Scene, dana: Lead) -> None:
    """Each has the button; its form works without scripts and returns to the same place."""
    for place in places(scene, dana):
        text = rita.get(place).text
        assert OFF in text, place
        assert ON not in text
    url = f"{scene.site.origins[0]}/security?x=1"
    made = rita.post("/watched-pages", {"url": url, "title": "Security – Acme", "back": f"/leads/{dana.id}"})
    assert (made.status_code, made.headers["Location"]) == (303, f"/leads/{dana.id}")
    for place in places(scene, dana):
        assert ON in rita.get(place).text, place
    assert "Alerts about Security are on." not in rita.get("/live").text, "said once"

    (stop,) = set(re.findall(r'action="(/watched-pages/[0-9a-f]+/stop)"', rita.get(f"/leads/{dana.id}").text))
    answer = rita.post(stop, {"back": "https://evil.example/"}, headers={"X-Requested-With": "fetch"})
    assert answer.json == {"id": stop.split("/")[2], "is_on": False}
    assert ON not in rita.get("/live").text
    entries = scene.store.audit.page(AuditQuery(), limit=10).items
    assert [(entry.action.value, entry.subject) for entry in entries] == [("page_unwatched", "Security"), ("page_watched", "Security")]
    assert entries[0].details == {"url": "https://www.northwind.example/security", "for": "Rita Reyes"}


def test_the_settings_list_the_pages(rita: Browser, tom: Browser, scene: Scene) -> None:
    """Admins extend an alert to the team; only they stop it."""
    assert "No pages yet." in rita.get("/settings/alerts").text
    page, _ = watch_page(scene.deps, scene.workspace.id, scene.rep.id, "https://www.northwind.example/a<b>", "<i>Security</i>")
    shown = rita.get("/settings/alerts").text
    assert "&lt;i&gt;Security&lt;/i&gt;" in shown
    assert "<i>Security" not in shown
    assert "Security" not in tom.get("/settings/alerts").text

    tom.get("/settings/alerts")
    assert tom.post("/watched-pages", {"url": page.url, "scope": "team"}).status_code == 403
    assert tom.post(f"/watched-pages/{page.id}/stop").status_code == 404
    assert rita.post("/watched-pages", {"url": page.url, "scope": "team", "back": "/settings/alerts#pages"}).status_code == 303
    assert "For every lead of the team" in tom.get("/settings/alerts").text
    (team,) = scene.store.watched_pages.active(None)
    assert tom.post(f"/watched-pages/{team.id}/stop").status_code == 403
    assert rita.post(f"/watched-pages/{team.id}/stop", {"back": "//evil.example"}).headers["Location"] == "/"


def test_a_page_watched_by_the_team_says_so(tom: Browser, scene: Scene, dana: Lead) -> None:
    """There is no button: the alerts come anyway."""
    watch_page(scene.deps, scene.workspace.id, None, f"{scene.site.origins[0]}/security")
    for place in places(scene, dana):
        text = tom.get(place).text
        assert "Alerting the team" in text, place
        assert OFF not in text


def test_a_proposal_is_marked_on_the_message_page(rita: Browser, scene: Scene, dana: Lead) -> None:
    """What is guessed is said, with one click to change it."""
    message = scene.message(dana, subject="Our offer", proposal=None)
    page = f"/messages/{message.id}"
    assert "Treated as a proposal" in rita.get(page).text
    assert rita.post(f"{page}/proposal", {"proposal": "no"}).headers["Location"] == page
    assert "Not treated as a proposal" in rita.get(page).text
    rita.post(f"{page}/proposal", {"proposal": "yes"})
    assert (scene.store.messages.get(message.id).proposal, "Undo" in rita.get(page).text) == (True, True)


def test_the_words_for_a_proposal_are_a_setting(rita: Browser, scene: Scene) -> None:
    """One per line; the audit log says which were added."""
    form = {"name": "Northwind", "timezone": "UTC", "hot_score": "50", "quiet_days": "14", "reps_see": "all"}
    assert "voorstel" in rita.get("/settings/workspace").text
    assert rita.post("/settings/workspace", form | {"proposal_words": "offer\ncost estimate"}).status_code == 303
    assert scene.deps.store.workspaces.get(scene.workspace.id).policy.proposal_words == ("offer", "cost estimate")
    (entry,) = scene.store.audit.page(AuditQuery(), limit=10).items
    assert entry.details["proposal_words"].startswith("added cost estimate; removed proposal, quote")
    rita.get("/settings/workspace")
    assert rita.post("/settings/workspace", form).status_code == 303
    assert scene.deps.store.workspaces.get(scene.workspace.id).policy.proposal_words == ("offer", "cost estimate")
