"""Who a person is across workspaces: an address proves nothing, a link proves one workspace, both passwords prove two."""

import dataclasses
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import PASSWORD, Browser, Office, make_office
from tracker.actions.deps import Deps
from tracker.actions.team import passwords, reps, sessions, sign_in_links
from tracker.actions.workspace.first_start import first_sign_in
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Role

SignIn = Callable[..., Browser]

OTHER = "another quiet phrase"


@pytest.fixture
def rival(deps: Deps) -> Office:
    """A workspace of another company."""
    return make_office(deps, "Southgate")


def signs_in(browser: Browser, email: str, password: str) -> bool:
    """Whether the form lets them in."""
    browser.get("/sign-in")
    return browser.post("/sign-in", {"email": email, "password": password}).status_code == 303


def test_another_companys_address_opens_nothing(signed_in: SignIn, office: Office, rival: Office, deps: Deps) -> None:
    """A rep who takes the address of another workspace's admin is offered no workspace, cannot switch, and is still themselves."""
    passwords.set_password(deps, office.rep, PASSWORD)
    passwords.set_password(deps, rival.admin, OTHER)
    browser = signed_in(office.rep)
    browser.post("/settings/me", {"name": "Tom", "email": rival.admin.email, "timezone": "UTC"})

    assert deps.store.of(office.workspace.id).reps.get(office.rep.id).email == rival.admin.email
    assert "Southgate" not in browser.get("/live").text
    assert browser.post(f"/switch/{rival.workspace.id}").status_code == 404
    assert signs_in(Browser(browser.client.application.test_client()), rival.admin.email, OTHER)


def test_an_unconfirmed_address_signs_in_only_its_own_person(console: Flask, office: Office, rival: Office, deps: Deps) -> None:
    """Two persons may carry one address; the password decides who it is."""
    passwords.set_password(deps, office.rep, PASSWORD)
    passwords.set_password(deps, rival.admin, OTHER)
    deps.store.of(office.workspace.id).reps.change(office.rep.id, email=rival.admin.email)

    assert passwords.sign_in(deps, rival.admin.email, PASSWORD).workspace == office.workspace.id
    assert passwords.sign_in(deps, rival.admin.email, OTHER).workspace == rival.workspace.id
    assert passwords.sign_in(deps, rival.admin.email, "neither of the two") is None


def linked(signed_in: SignIn, deps: Deps, office: Office, rival: Office) -> Browser:
    """A browser of the admin of both."""
    passwords.set_password(deps, office.admin, PASSWORD)
    passwords.set_password(deps, rival.admin, OTHER)
    browser = signed_in(office.admin)
    answer = browser.post("/settings/me/link", {"own_password": PASSWORD, "email": rival.admin.email, "password": OTHER})
    assert answer.headers["Location"] == "/settings/me"
    return browser


def test_both_passwords_link_two_workspaces(signed_in: SignIn, office: Office, rival: Office, deps: Deps) -> None:
    """Afterwards one sign-in reaches both, the other password is gone, and other browsers of both are signed out."""
    elsewhere = [signed_in(office.admin), signed_in(rival.admin)]
    browser = linked(signed_in, deps, office, rival)

    assert "Switch to Southgate" in browser.get("/live").text
    assert browser.post(f"/switch/{rival.workspace.id}").status_code == 303
    assert "Southgate" in browser.get("/live").text
    assert [b.get("/live").status_code for b in elsewhere] == [303, 303]
    assert passwords.sign_in(deps, rival.admin.email, OTHER) is None
    assert passwords.sign_in(deps, rival.admin.email, PASSWORD).workspace == rival.workspace.id


@pytest.mark.parametrize("wrong", ["own_password", "password", "email"])
def test_linking_needs_both_proofs(signed_in: SignIn, office: Office, rival: Office, deps: Deps, wrong: str) -> None:
    """One wrong value, and nothing is linked."""
    passwords.set_password(deps, office.admin, PASSWORD)
    passwords.set_password(deps, rival.admin, OTHER)
    form = {"own_password": PASSWORD, "email": rival.admin.email, "password": OTHER}
    browser = signed_in(office.admin)
    browser.post("/settings/me/link", form | {wrong: "tom@southgate.example"})

    assert browser.post(f"/switch/{rival.workspace.id}").status_code == 404
    assert {rep.workspace for rep in deps.store.persons.reps_of(office.admin.id)} == {office.workspace.id}


def test_a_link_shown_on_a_screen_proves_its_workspace_alone(
    signed_in: SignIn, console: Flask, office: Office, rival: Office, deps: Deps
) -> None:
    """An admin who keeps the link they made for a colleague gets into their own workspace as that colleague, and nowhere else."""
    linked(signed_in, deps, office, rival)
    rep = deps.store.of(rival.workspace.id).reps.get(rival.admin.id)
    thief = Browser(console.test_client())
    path = sign_in_links.shown(deps, rep).removeprefix(deps.settings.public_url)
    thief.get(path)
    assert thief.post(path).status_code == 303

    assert "Southgate" in thief.get("/settings/me").text
    assert "Go to Northbeam" not in thief.get("/live").text
    assert thief.post(f"/switch/{office.workspace.id}").status_code == 404
    thief.post("/welcome/password", {"password": "a phrase of the thief"})
    thief.post("/setup/you", {"name": "X", "email": rep.email, "password": "a phrase of the thief"})
    thief.post("/settings/me/password", {"password": "a phrase of the thief"})
    thief.post("/settings/me/confirm-address")
    assert passwords.sign_in(deps, rep.email, "a phrase of the thief") is None
    assert passwords.sign_in(deps, office.admin.email, PASSWORD)


def test_a_password_lifts_the_limit_of_a_shown_link(signed_in: SignIn, console: Flask, office: Office, rival: Office, deps: Deps) -> None:
    """The person themselves goes on from there by giving their password."""
    linked(signed_in, deps, office, rival)
    rep = deps.store.of(rival.workspace.id).reps.get(rival.admin.id)
    client = console.test_client()
    client.set_cookie("ll_session", sessions.start(deps, rep, limited_to=rival.workspace.id))
    browser = Browser(client)
    browser.get("/settings/me")
    later(console, deps, minutes=11)
    browser.post("/confirm", {"password": PASSWORD})

    assert browser.post(f"/switch/{office.workspace.id}").status_code == 303


def later(console: Flask, deps: Deps, **more: float) -> None:
    """The same console, some time on."""
    now = deps.now() + timedelta(**more)
    console.extensions["leadlight"] = dataclasses.replace(deps, now=lambda: now)


CREDENTIALS: list[tuple[str, dict[str, Any]]] = [
    ("/settings/me", {"name": "Mara", "email": "other@northbeam.example", "timezone": "UTC"}),
    ("/settings/me/password", {"password": OTHER}),
    ("/welcome/password", {"password": OTHER}),
    ("/setup/you", {"name": "Mara", "email": "mara@northbeam.example", "password": OTHER}),
    ("/setup/you", {"name": "Mara", "email": "other@northbeam.example"}),
    ("/settings/keys", {"name": "CRM"}),
    ("/settings/keys/x/remove", {}),
    ("/settings/team", {"name": "Eve", "email": "eve@northbeam.example", "role": "admin"}),
    ("/settings/team/{rep}/link", {}),
    ("/settings/team/{rep}", {"role": "admin"}),
    ("/settings/alerts/me/webhook", {"url": "https://hooks.example/x"}),
    ("/settings/alerts/team/slack", {"webhook_url": "https://hooks.slack.com/services/x"}),
    ("/settings/alerts/me/email/remove", {}),
    ("/setup/mail", {}),
    ("/settings/me/confirm-address", {}),
]


@pytest.mark.parametrize(("path", "form"), CREDENTIALS, ids=[f"{path} {' '.join(form)}" for path, form in CREDENTIALS])
def test_credentials_need_a_confirmation_of_the_last_ten_minutes(
    signed_in: SignIn, console: Flask, office: Office, deps: Deps, path: str, form: dict[str, Any]
) -> None:
    """Eleven minutes after signing in, the way leads to the page that asks for the password, and nothing has changed."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser = signed_in(office.admin)
    names = ("reps", "persons", "api_keys", "channels", "sign_in_links", "workspaces")
    before = {name: list(deps.store.database[name].find(projection={"last_seen_at": 0})) for name in names}
    later(console, deps, minutes=11)
    browser.get("/settings/me")
    answer = browser.post(path.format(rep=office.rep.id), form)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(("/confirm?", "/settings/me"))
    assert {name: list(deps.store.database[name].find(projection={"last_seen_at": 0})) for name in names} == before


def test_the_password_in_the_form_confirms(signed_in: SignIn, console: Flask, office: Office, deps: Deps) -> None:
    """Forms ask for it where the confirmation is old; a wrong one changes nothing."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser = signed_in(office.admin)
    later(console, deps, minutes=11)

    assert 'name="current_password"' in browser.get("/settings/keys").text
    browser.post("/settings/keys", {"name": "CRM", "current_password": "not the one at all"})
    assert not deps.store.keys.of_workspace(office.workspace.id)
    assert "Your new key" in browser.post("/settings/keys", {"name": "CRM", "current_password": PASSWORD}).text
    assert 'name="current_password"' not in browser.get("/settings/keys").text


def test_the_first_admin_says_who_they_are_first(console: Flask, deps: Deps) -> None:
    """Name, address, password and company come before the choice of how to begin; all four are kept, or none."""
    browser = Browser(console.test_client())
    path = str(first_sign_in(deps)).removeprefix(deps.settings.public_url)
    browser.get(path)
    assert browser.post(path).headers["Location"] == "/"
    assert browser.get("/").headers["Location"] == "/welcome/you"
    assert browser.get("/welcome").headers["Location"] == "/welcome/you"
    browser.get("/welcome/you")
    form = {"name": "Kim Doe", "email": "kim@acme.example", "password": PASSWORD, "company": "Acme"}
    for wrong in ({"password": "short"}, {"email": "nobody"}, {"company": ""}, {"name": ""}, {"password": "kim@acme.example"}):
        assert browser.post("/welcome/you", form | wrong).status_code == 422
        assert deps.store.workspaces.first().name == "My company"
        assert browser.get("/welcome/you").status_code == 200
    assert browser.post("/welcome/you", form).headers["Location"] == "/welcome"

    assert deps.store.workspaces.first().name == "Acme"
    assert passwords.sign_in(deps, "kim@acme.example", PASSWORD).name == "Kim Doe"
    assert browser.get("/welcome").status_code == 200
    assert browser.get("/welcome/you").status_code == 303


def test_demotion_counts_at_the_next_request(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """A demoted admin's open browser is a rep's from then on."""
    other = reps.add_rep(deps, office.workspace.id, email="eve@northbeam.example", name="Eve", role=Role.ADMIN)
    browser = signed_in(office.admin)
    assert browser.get("/settings/team").status_code == 200
    reps.change_rep(deps, office.workspace.id, office.admin.id, role=Role.REP)

    assert other.role is Role.ADMIN
    assert browser.get("/settings/team").status_code == 403


def test_the_sign_in_page_says_how_to_get_in_from_the_machine(browser: Browser) -> None:
    """Someone locked out finds the command there."""
    assert "leadlight rep link" in browser.get("/sign-in").text


def test_every_view_that_changes_a_credential_is_marked(console: Flask) -> None:
    """The views whose whole purpose is a credential carry the mark; a new one must be added here on purpose."""
    marked = {rule.rule for rule in console.url_map.iter_rules() if getattr(console.view_functions[rule.endpoint], "is_confirmed", False)}

    assert marked >= {
        re.sub(r"\{rep\}", "<rep>", p) for p in ("/settings/team", "/settings/team/{rep}/link", "/settings/keys", "/setup/mail")
    }
    assert marked >= {"/settings/alerts/<scope>/<name>", "/settings/alerts/<scope>/<name>/remove", "/settings/keys/<key>/remove"}


def failures(deps: Deps, office: Office) -> list[tuple[str, str]]:
    """The failed sign-ins in the audit log: from where, and at what."""
    entries = [entry for entry in deps.store.of(office.workspace.id).audit.where({}) if entry.action is AuditAction.SIGN_IN_FAILED]
    return sorted((entry.actor.address, entry.details.get("where", "")) for entry in entries)


def test_a_failed_sign_in_says_from_where_only_to_whose_address_it_is(browser: Browser, office: Office, rival: Office, deps: Deps) -> None:
    """A workspace that gives a rep another company's address does not learn where its owner is."""
    passwords.set_password(deps, office.admin, PASSWORD)
    assert not signs_in(browser, office.admin.email, "wrong wrong")
    deps.store.of(rival.workspace.id).reps.change(rival.rep.id, email=office.admin.email)
    assert not signs_in(browser, office.admin.email, "wrong wrong")

    assert failures(deps, office) == [("", ""), ("127.0.0.1", "")]
    assert failures(deps, rival) == [("", "")]


def test_a_wrong_password_at_a_confirmation_is_in_the_audit_log(signed_in: SignIn, console: Flask, office: Office, deps: Deps) -> None:
    """Whether it was given on the page for it, in a form, or as the old password."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser = signed_in(office.admin)
    later(console, deps, minutes=11)
    browser.post("/confirm", {"password": "wrong wrong"})
    browser.post("/settings/keys", {"name": "CRM", "current_password": "wrong wrong"})
    browser.post("/settings/me/password", {"old": "wrong wrong", "password": OTHER})

    assert failures(deps, office) == [("127.0.0.1", "confirmation")] * 3
