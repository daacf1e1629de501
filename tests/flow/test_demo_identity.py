"""The demo and the own company are one person's: name, address and password set on either side, in any order, do not lock the admin out."""

import itertools
from collections.abc import Callable

import pytest

from tests.console.conftest import PASSWORD, Browser, make_office
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.actions.team import passwords, reps, sessions
from tracker.actions.workspace.first_start import first_sign_in
from tracker.domain.team.rep import Role
from tracker.links.keys import Keys
from tracker.web.console.app import create_app

ADDRESS = "kim@acme.example"


class Admin:
    """The first admin's browser, signed in by the first link, and what may be done in it."""

    def __init__(self, deps: Deps) -> None:
        Keys.load(deps.settings.signing_keys_file)
        deps.keys.refresh()
        self.deps = deps
        self.app = create_app(deps)
        self.browser = Browser(self.app.test_client())
        path = str(first_sign_in(deps)).removeprefix(deps.settings.public_url)
        self.browser.get(path)
        self.browser.post(path)
        self.company = deps.store.workspaces.first().id
        self.has_address = self.has_password = False

    def name(self) -> None:
        self.post("/settings/me", name="Kim Doe", email=self.address, timezone="UTC")

    def give_address(self) -> None:
        self.has_address = True
        self.post("/settings/me", name="Kim", email=ADDRESS, timezone="UTC")

    def give_password(self) -> None:
        if not self.has_password:
            self.has_password = True
            self.post("/settings/me/password", password=PASSWORD)

    def enter(self) -> None:
        demo.create_demo(self.deps, wait=0)
        self.post("/demo/enter")
        assert self.where() == demo.DEMO

    def switch(self) -> None:
        if self.where() == demo.DEMO:
            self.post(f"/switch/{self.company}")
            assert self.where() == self.company

    def remove(self) -> None:
        self.post("/demo/remove")
        assert self.deps.store.workspaces.demo() is None
        assert self.where() == self.company

    @property
    def address(self) -> str:
        return ADDRESS if self.has_address else "admin@localhost"

    def post(self, path: str, **form: str) -> None:
        self.browser.get("/settings/me")
        answer = self.browser.post(path, form)
        assert answer.status_code == 303, (path, answer.text)
        assert "/sign-in" not in answer.headers["Location"]

    def where(self) -> str:
        """The workspace whose page the browser is shown; fails where it is signed out."""
        page = self.browser.get("/settings/me")
        assert page.status_code == 200
        return demo.DEMO if "(demo)" in _brand(page.text) else self.company

    def check_ways_back(self) -> None:
        """The session reaches the company, and so do the password and a link of the machine."""
        self.switch()
        assert self.where() == self.company
        if self.has_password:
            rep = passwords.sign_in(self.deps, self.address, PASSWORD)
            assert rep
            fresh = Browser(self.app.test_client())
            fresh.get("/sign-in")
            assert fresh.post("/sign-in", {"email": self.address, "password": PASSWORD}).status_code == 303
            self_, self.browser = self.browser, fresh
            self.switch()
            assert self.where() == self.company
            self.browser = self_
        else:
            assert first_sign_in(self.deps)


def _brand(page: str) -> str:
    """The name of the workspace at the head of the page."""
    return page.split('class="brand"')[1].split("</a>", maxsplit=1)[0]


STEPS = ("name", "give_address", "give_password", "enter", "switch", "remove")
ORDERS = [
    order
    for order in itertools.permutations(STEPS)
    if order.index("enter") < order.index("switch") and order.index("enter") < order.index("remove")
]


@pytest.mark.parametrize("order", ORDERS[::36], ids="-".join)
def test_no_order_locks_the_admin_out(deps: Deps, order: tuple[str, ...]) -> None:
    """After every step the session is there, and every way of signing in leads back to the company."""
    admin = Admin(deps)
    for step in order:
        getattr(admin, step)()
        admin.where()
    admin.check_ways_back()


def test_a_demo_removed_by_another_admin_keeps_the_session(deps: Deps) -> None:
    """The browser is back in its own company with the next page."""
    admin = Admin(deps)
    admin.enter()
    demo.remove_demo(deps)

    assert admin.where() == admin.company
    admin.enter()


def test_being_shut_out_of_the_demo_leaves_the_session(deps: Deps) -> None:
    """The demo is shared: another visitor may take away access to it, and to nothing else."""
    admin = Admin(deps)
    admin.enter()
    you = deps.store.of(demo.DEMO).reps.of_person(deps.store.of(admin.company).reps.all()[0].person_id)
    deps.store.of(demo.DEMO).reps.change(you.id, is_active=False)

    assert admin.where() == admin.company
    admin.enter()


@pytest.fixture
def second(deps: Deps) -> Callable[[], Admin]:
    """The admin of another company, whose first address is the same `admin@localhost`."""

    def make() -> Admin:
        office = make_office(deps, "Southgate")
        deps.store.of(office.workspace.id).reps.change(office.admin.id, email="admin@localhost")
        admin = Admin.__new__(Admin)
        admin.deps, admin.app, admin.company = deps, create_app(deps), office.workspace.id
        admin.has_address = admin.has_password = False
        client = admin.app.test_client()
        client.set_cookie("ll_session", sessions.start(deps, deps.store.of(office.workspace.id).reps.get(office.admin.id)))
        admin.browser = Browser(client)
        return admin

    return make


def test_two_admins_with_one_address_are_two_in_the_demo(deps: Deps, second: Callable[[], Admin]) -> None:
    """Each comes back to their own company, and what one does there with their profile is not the other's."""
    first, other = Admin(deps), second()
    for admin in (first, other):
        admin.enter()
    first.give_address()
    other.give_password()

    for admin in (first, other):
        admin.switch()
        assert admin.where() == admin.company
    assert passwords.sign_in(deps, "admin@localhost", PASSWORD).workspace == other.company
    assert passwords.sign_in(deps, ADDRESS, PASSWORD) is None


def test_an_admin_of_the_demo_gets_into_no_company(deps: Deps, second: Callable[[], Admin]) -> None:
    """A link that one visitor makes for another opens the demo and nothing of theirs."""
    first, other = Admin(deps), second()
    for admin in (first, other):
        admin.enter()
    victim = deps.store.of(demo.DEMO).reps.of_person(deps.store.of(first.company).reps.all()[0].person_id)
    other.browser.get("/settings/team")
    page = other.browser.post(f"/settings/team/{victim.id}/link").text
    path = page.split(f"{deps.settings.public_url}/sign-in/")[1].split("<")[0].split('"')[0]
    thief = Browser(first.app.test_client())
    thief.get(f"/sign-in/{path}")
    assert thief.post(f"/sign-in/{path}").status_code == 303

    assert "(demo)" in _brand(thief.get("/settings/me").text)
    assert thief.post(f"/switch/{first.company}").status_code == 404
    thief.post("/settings/me/password", {"password": "a phrase of the thief"})
    thief.post("/demo/remove")
    assert thief.get("/live").status_code == 303
    assert deps.store.persons.get(victim.person_id).password_hash is None


def test_the_demos_visitor_keeps_the_own_role(deps: Deps) -> None:
    """An admin in the demo is what they are in the company."""
    admin = Admin(deps)
    rep = reps.add_rep(deps, admin.company, email="tom@acme.example", name="Tom")
    demo.create_demo(deps, wait=0)
    you = demo.enter_demo(deps, rep)

    assert you.role is Role.ADMIN
    assert deps.store.of(admin.company).reps.get(rep.id).role is Role.REP
