"""The rep's own browser in the console: the way through the edge, what the profile says, and *Count it* on the timeline."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import msgspec
import pytest

from tests.console.conftest import PASSWORD, Browser, Office
from tests.scenes import make_scene
from tracker.actions.deps import Deps
from tracker.actions.team import passwords
from tracker.actions.workspace import workspaces
from tracker.base.clock import to_ms
from tracker.domain.activity.event import Label
from tracker.domain.team.rep import Rep
from tracker.links.browser_marks import Hop, verify_hop

SignIn = Callable[[Rep], Browser]


def hop(deps: Deps, location: str) -> Hop:
    """What the address at the edge asks for."""
    prefix = f"{deps.settings.edge_url}/m/"
    assert location.startswith(prefix)
    return verify_hop(deps.keys, location.removeprefix(prefix).encode(), to_ms(deps.now()))


def sign_in(browser: Browser, deps: Deps, office: Office, url: str, **more: str) -> str:
    """By password, from the page at this address of the console; where the browser goes on."""
    passwords.set_password(deps, office.admin, PASSWORD)
    page = browser.get("/sign-in")
    assert f'data-edge="{deps.settings.edge_url}"' in page.text
    assert f"connect-src 'self' {deps.settings.edge_url};" in page.headers["Content-Security-Policy"]
    assert f"form-action 'self' {deps.settings.edge_url};" in page.headers["Content-Security-Policy"]
    form = {"email": office.admin.email, "password": PASSWORD, "next": "/leads?q=a&b=1", **more}
    answer = browser.post("/sign-in", form, base_url=url, headers={"Origin": url})
    assert (answer.status_code, browser.get("/live").status_code) == (303, 200)
    return answer.headers["Location"]


def test_sign_in_leads_through_the_edge_where_the_page_reached_it(browser: Browser, deps: Deps, office: Office) -> None:
    """The token names the rep and the way back, which notes the mark and goes on to the wanted page."""
    found = hop(deps, sign_in(browser, deps, office, deps.settings.public_url, edge="reached"))
    assert (found.mark.workspace, found.mark.rep, found.is_removal) == (office.workspace.id, office.admin.id, False)
    back = browser.get(found.target)
    assert (back.status_code, back.headers["Location"]) == (303, "/leads?q=a&b=1")
    assert "This browser is marked as yours" in browser.get("/settings/me").text
    assert browser.get("/settings/me/browser/marked?next=//evil.example").headers["Location"] == "/"


@pytest.mark.parametrize(("url", "more"), [("", {}), ("", {"edge": "x"}), ("http://localhost", {"edge": "reached"})])
def test_sign_in_goes_straight_on_otherwise(browser: Browser, deps: Deps, office: Office, url: str, more: dict[str, str]) -> None:
    """The edge was not reached, or the console was opened at an address to which the edge would not lead back."""
    assert sign_in(browser, deps, office, url or deps.settings.public_url, **more) == "/leads?q=a&b=1"


def test_sign_in_goes_straight_to_a_page_with_a_long_address(browser: Browser, deps: Deps, office: Office) -> None:
    """The edge would refuse so long a token, and the rep would see its page instead."""
    for letters, is_through_edge in ((300, True), (400, False)):
        wanted = f"/leads?q={'ä' * letters}"
        where = sign_in(browser, deps, office, deps.settings.public_url, edge="reached", next=wanted)
        assert where.startswith(f"{deps.settings.edge_url}/m/") == is_through_edge
        assert is_through_edge or where == quote(wanted, safe="/?=")


def test_the_profile_marks_unmarks_and_marks_on_the_site(signed_in: SignIn, deps: Deps, office: Office) -> None:
    """Each button leads through the edge; only the workspace's sites are offered."""
    site = workspaces.add_site(deps, office.workspace.id, name="Site", origins=["https://www.northbeam.example"])
    browser = signed_in(office.rep)
    page = browser.get("/settings/me")
    assert "is not marked as yours" in page.text
    assert "Mark this browser on www.northbeam.example" in page.text
    assert "https://www.northbeam.example; frame-ancestors" in page.headers["Content-Security-Policy"]

    def sent(path: str, **form: str) -> Hop:
        return hop(deps, browser.post(path, form).headers["Location"])

    found = sent("/settings/me/browser")
    assert (found.mark.rep, found.target) == (office.rep.id, "/settings/me/browser/marked")
    assert sent("/settings/me/browser", site=site.key).target == "https://www.northbeam.example/"
    assert "This browser is marked as yours" in browser.get("/settings/me").text
    removal = sent("/settings/me/browser/remove")
    assert (removal.is_removal, removal.target) == (True, "/settings/me/browser/removed")
    browser.get(removal.target)
    assert "is not marked as yours" in browser.get("/settings/me").text
    assert browser.post("/settings/me/browser", {"site": "ff" * 8}).status_code == 404

    browser.get("/settings/me/browser/marked")
    there = sent("/settings/me/browser/remove", site=site.key)
    assert (there.is_removal, there.target) == (True, "https://www.northbeam.example/")
    assert "is not marked as yours" in browser.get("/settings/me").text


def test_in_the_demo_no_browser_is_marked(signed_in: SignIn, deps: Deps) -> None:
    """Its events are made by the person who tries it, and count."""
    scene = make_scene(deps)
    deps.store.workspaces.change(scene.workspace.id, is_demo=True)
    browser = signed_in(scene.rep)
    assert "This browser" not in browser.get("/settings/me").text
    assert browser.post("/settings/me/browser").headers["Location"] == "/settings/me#this-browser"


def test_the_timeline_says_that_was_you_and_counts_it(signed_in: SignIn, deps: Deps) -> None:
    """For the rep who clicked; a colleague reads the name. The button is the correction `person`."""
    scene = make_scene(deps)
    lead, sent = scene.lead(), deps.now() - timedelta(hours=2)
    click = scene.click(scene.message(lead, sent), sent + timedelta(hours=1), signs=("own",), rep=scene.rep.id)
    scene.spool()
    scene.settle()
    other = scene.store.reps.add(msgspec.structs.replace(scene.rep, id="0b" * 16, person="", email="x@y.example", name="Omar"))
    browser = signed_in(scene.rep)
    page = browser.get(f"/leads/{lead.id}").text
    assert "1 automatic request: that was you" in page
    assert "That was you: click in “Offer v2”" in page
    assert "Count it</button>" in page
    assert "That was Rita Reyes: click in" in signed_in(other).get(f"/leads/{lead.id}").text

    browser.post(f"/leads/{lead.id}/events/{click.id}/cause", {"cause": "person"})
    scene.settle()
    assert scene.store.events.get(click.id).verdict.label is Label.HUMAN
    assert "Count it</button>" not in browser.get(f"/leads/{lead.id}").text
