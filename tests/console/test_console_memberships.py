"""What proves which workspace: links, mailed addresses, deactivated reps and the demo, where several of them meet."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import PASSWORD, Browser, Office, make_office
from tracker.actions.demo import demo
from tracker.actions.deps import Deps
from tracker.actions.team import memberships, passwords, reps, sessions, sign_in_links
from tracker.actions.workspace.workspaces import remove_workspace
from tracker.base.errors import LeadlightError
from tracker.domain.team.email_address import ConfirmedAddress
from tracker.domain.team.rep import Rep, Role
from tracker.web.api.auth import client_address

SignIn = Callable[..., Browser]

OTHER = "another quiet phrase"


@pytest.fixture
def rival(deps: Deps) -> Office:
    """A workspace of another company."""
    return make_office(deps, "Southgate")


def of_both(deps: Deps, office: Office, rival: Office) -> Rep:
    """The admin of both workspaces, in the first."""
    passwords.set_password(deps, office.admin, PASSWORD)
    deps.store.persons.merge(office.admin.id, rival.admin.id)
    return deps.store.of(office.workspace.id).reps.get(office.admin.id)


def by_link(console: Flask, deps: Deps, rep: Rep) -> Browser:
    """A browser that came by a link shown to an admin of the rep's workspace."""
    browser = Browser(console.test_client())
    path = sign_in_links.shown(deps, rep).removeprefix(deps.settings.public_url)
    browser.get(path)
    assert browser.post(path).status_code == 303
    browser.get("/settings/me")
    return browser


def test_a_deactivated_rep_counts_as_a_workspace_of_the_person(console: Flask, deps: Deps, office: Office, rival: Office) -> None:
    """Otherwise an admin of one workspace could set the password while the person is shut out of the other, and wait."""
    rep = of_both(deps, office, rival)
    reps.add_rep(deps, rival.workspace.id, email="eve@southgate.example", name="Eve", role=Role.ADMIN)
    reps.change_rep(deps, rival.workspace.id, rival.admin.id, is_active=False)
    browser = by_link(console, deps, rep)
    for path in ("/welcome/password", "/settings/me/password", "/setup/you"):
        browser.post(path, {"password": "a phrase of the thief", "name": "Mara", "email": rep.email})

    assert passwords.sign_in(deps, rep.email, "a phrase of the thief") is None


def test_links_end_with_the_password(console: Flask, deps: Deps, office: Office) -> None:
    """A link made before is worth nothing after the password was changed or all browsers were signed out."""
    tokens = [make(deps, office.admin).rpartition("/")[2] for make in (sign_in_links.shown, sign_in_links.printed)]
    passwords.set_password(deps, office.admin, PASSWORD)

    assert [sign_in_links.use(deps, token) for token in tokens] == [None, None]


def test_a_proof_given_before_signing_out_everywhere_starts_nothing(deps: Deps, office: Office) -> None:
    """A sign-in whose password was checked while it was being changed does not survive the change."""
    before = deps.now()
    passwords.set_password(deps, office.admin, PASSWORD)

    with pytest.raises(sessions.NotProven):
        sessions.start(deps, office.admin, proved_at=before)


def test_an_address_proven_to_one_workspace_opens_that_one_alone(deps: Deps, office: Office, rival: Office) -> None:
    """Whichever server carries the mail, the link's session is limited to where the address was proven."""
    rep = of_both(deps, office, rival)
    address = ConfirmedAddress(email=rep.email, person=rep.person_id, proven_to=office.workspace.id, at=deps.now())
    deps.store.confirmed_addresses.confirm(address)
    token = sign_in_links.mailed(deps, rep, proven_to="" or address.proven_to).rpartition("/")[2]
    used = sign_in_links.use(deps, token)

    assert used
    assert used[1].limited_to == office.workspace.id


def test_letters_beyond_ascii_are_not_folded(deps: Deps, office: Office) -> None:
    """`ß` and `ss` are two addresses, whose mail goes to two people."""
    deps.store.confirmed_addresses.confirm(ConfirmedAddress(email="mara@strasse.example", person=office.admin.id, at=deps.now()))

    assert deps.store.confirmed_addresses.by_address("mara@straße.example") == []
    assert deps.store.confirmed_addresses.by_address("maraß@strasse.example") == []
    assert deps.store.confirmed_addresses.by_address("MARA@Strasse.Example")


def test_two_sign_ins_with_one_address_and_password_are_told_apart(console: Flask, deps: Deps, office: Office, rival: Office) -> None:
    """The page asks where to go, and either can be reached and linked."""
    for one in (office, rival):
        deps.store.of(one.workspace.id).reps.change(one.admin.id, email="mara@both.example")
        passwords.set_password(deps, one.admin, PASSWORD)
    browser = Browser(console.test_client())
    browser.get("/sign-in")
    page = browser.post("/sign-in", {"email": "mara@both.example", "password": PASSWORD}).text
    path = page.split("Southgate")[0].rpartition('action="')[2].partition('"')[0]
    browser.post(path)

    assert "Southgate" in browser.get("/live").text
    browser.post("/settings/me/link", {"own_password": PASSWORD, "email": "mara@both.example", "password": PASSWORD})
    assert browser.post(f"/switch/{office.workspace.id}").status_code == 303


def test_linking_each_other_at_once_loses_no_password(deps: Deps, office: Office, rival: Office) -> None:
    """One of the two wins, and one of the two passwords still signs in to both."""
    secrets = {office.admin: PASSWORD, rival.admin: OTHER}
    for rep, password in secrets.items():
        passwords.set_password(deps, rep, password)
    told: list[Any] = []

    def link(me: Rep, other: Rep) -> None:
        token = sessions.start(deps, me)
        found = sessions.find(deps, token)
        assert found
        try:
            told.append(memberships.link(deps, found[0], token, own_password=secrets[me], email=other.email, password=secrets[other]))
        except LeadlightError as error:
            told.append(error)

    pairs = [(office.admin, rival.admin), (rival.admin, office.admin)]
    threads = [threading.Thread(target=link, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = [passwords.sign_in(deps, rep.email, password) for rep in secrets for password in secrets.values()]
    assert sum(rep is not None for rep in found) == 2, told


def test_a_second_click_does_not_sign_out(signed_in: SignIn, office: Office, rival: Office, deps: Deps) -> None:
    """Both requests carry the same cookie; the browser takes the second response."""
    browser = signed_in(of_both(deps, office, rival))
    for _ in range(2):
        browser.post(f"/switch/{rival.workspace.id}")

    assert "Southgate" in browser.get("/live").text


def test_a_removed_workspace_leaves_the_others(signed_in: SignIn, office: Office, rival: Office, deps: Deps) -> None:
    """The browser goes on in another workspace of the person; who worked only there is gone with it."""
    rep = of_both(deps, office, rival)
    browser = signed_in(rep)
    browser.post(f"/switch/{rival.workspace.id}")
    remove_workspace(deps, rival.workspace.id)

    assert "Northbeam" in browser.get("/live").text
    assert deps.store.database.persons.count_documents({}) == 1


def test_losing_the_own_workspace_ends_demo_access(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """The demo's rep is deactivated with the last own one."""
    demo.create_demo(deps, wait=0)
    passwords.set_password(deps, office.rep, PASSWORD)
    browser = signed_in(office.rep)
    browser.post("/demo/enter")
    reps.change_rep(deps, office.workspace.id, office.rep.id, is_active=False)

    assert browser.get("/live").status_code == 303
    assert passwords.sign_in(deps, office.rep.email, PASSWORD) is None


def test_only_an_admin_names_the_company(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A rep with an address of the first start is no first admin, also from within the demo."""
    demo.create_demo(deps, wait=0)
    browser = signed_in(office.rep)
    browser.post("/settings/me", {"name": "Tom", "email": "tom@localhost", "timezone": "UTC"})
    browser.post("/demo/enter")
    browser.get("/live")
    browser.post("/welcome/you", {"name": "Tom", "email": "tom@x.example", "password": PASSWORD, "company": "Owned Ltd"})

    assert deps.store.workspaces.get(office.workspace.id).name == "Northbeam"


def test_an_ipv4_client_of_a_dual_stack_socket_is_itself(console: Flask, deps: Deps) -> None:
    """Not one of all the clients whose address begins with `::ffff:`."""
    with console.test_request_context(environ_base={"REMOTE_ADDR": "::ffff:192.0.2.7"}) as context:
        assert client_address(deps, context.request) == "192.0.2.7"


def test_each_workspace_has_the_persons_own_profile(signed_in: SignIn, office: Office, rival: Office, deps: Deps) -> None:
    """After switching, the name and address are those of the rep there, and so is what is changed and logged."""
    browser = signed_in(of_both(deps, office, rival))
    browser.post(f"/switch/{rival.workspace.id}")
    assert rival.admin.email in browser.get("/settings/me").text
    browser.post("/settings/me", {"name": "Mara South", "email": rival.admin.email, "timezone": "UTC"})

    assert deps.store.of(rival.workspace.id).reps.get(rival.admin.id).name == "Mara South"
    assert deps.store.of(office.workspace.id).reps.get(office.admin.id).name == office.admin.name
    assert [entry.action for entry in deps.store.of(rival.workspace.id).audit.where({})].count("rep_changed") == 1


def test_a_form_of_one_workspace_changes_nothing_in_another(signed_in: SignIn, office: Office, rival: Office, deps: Deps) -> None:
    """A tab that was left open when another one switched is told to load its page again."""
    browser = signed_in(of_both(deps, office, rival))
    old = browser.token
    browser.post(f"/switch/{rival.workspace.id}")
    answer = browser.post("/leads", {"csrf_token": old, "name": "Dana", "email": "dana@acme.example"})

    assert answer.status_code == 403
    assert deps.store.of(rival.workspace.id).leads.count() == 0
