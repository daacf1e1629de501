"""The demo's way in and out: announced visits, set-up at its end, and a deletion that asks."""

from collections.abc import Callable

from tests.console.conftest import Browser, Office
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace

SignIn = Callable[[Rep], Browser]


def test_the_demo_ends_with_set_up_and_asks_before_it_is_deleted(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """The bar leads an admin to the set-up of the own company. Set-up does not open inside the demo."""
    deps.store.workspaces.add(Workspace(id=demo.DEMO, name="Demo", created_at=deps.now(), is_demo=True))
    browser = signed_in(office.admin)
    browser.post("/demo/enter")
    page = browser.get("/live").text
    assert "Delete demo …" in page
    assert "Delete the demo company with everything in it" in page
    assert f'action="/switch/{office.workspace.id}"' in page
    assert browser.get("/setup").headers["Location"] == "/live"
    browser.get("/live")
    answer = browser.post(f"/switch/{office.workspace.id}", {"next": "/setup"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/setup")
    browser.get("/leads")
    browser.post("/demo/enter")
    browser.get("/leads")
    assert browser.post(f"/switch/{office.workspace.id}", {"next": "https://evil.example/"}).headers["Location"] == "/"


def test_a_rep_is_not_sent_to_set_up(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """The checklist is for admins."""
    deps.store.workspaces.add(Workspace(id=demo.DEMO, name="Demo", created_at=deps.now(), is_demo=True))
    assert office.rep.role is Role.REP
    browser = signed_in(office.rep)
    assert browser.get("/setup").headers["Location"] == "/live"
    assert "Set up my company" not in browser.get("/welcome").text
    browser.post("/demo/enter")
    assert "Set up my company" not in browser.get("/live").text


def test_entering_the_demo_brings_the_next_visit(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Once for each time."""
    deps.store.workspaces.add(Workspace(id=demo.DEMO, name="Demo", created_at=deps.now(), is_demo=True))
    assert not demo.was_entered(deps)
    signed_in(office.admin).post("/demo/enter")
    assert (demo.was_entered(deps), demo.was_entered(deps)) == (True, False)
