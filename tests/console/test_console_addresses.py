"""Confirming an address by a mailed link, and mailed sign-in links, through a real mail server."""

import dataclasses
import re
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest
from flask import Flask

from tests.console.conftest import PASSWORD, Browser, Office, make_office
from tests.notifier.receivers import Mails, mail_server
from tracker.actions.deps import Deps
from tracker.actions.team import passwords, reps
from tracker.base.settings import AllowedTarget, Settings
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.mail_server import MailServer

SignIn = Callable[..., Browser]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Workspaces may have mail servers on this machine."""
    return dataclasses.replace(settings, outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),))


@pytest.fixture
def mails(console: Flask, deps: Deps) -> Iterator[Mails]:
    """The operator's mail server, which the console uses."""
    with mail_server() as server:
        settings = dataclasses.replace(deps.settings, smtp_url=f"smtp://127.0.0.1:{server.port}")
        console.extensions["leadlight"] = dataclasses.replace(deps, settings=settings)
        yield server


def path_in(mails: Mails, browser: Browser) -> str:
    """The path of the link in the newest mail, once it is there."""
    until = time.monotonic() + 60
    while not mails.mails:
        assert time.monotonic() < until, "no mail came"
        time.sleep(0.02)
    found = re.search(r"https?://[^/\s]+(/\S+)", mails.mails.pop().get_content())
    assert found
    browser.get(found[1])
    return found[1]


def emails_of(deps: Deps, rep: Rep) -> list[str]:
    """The confirmed addresses of the rep's person."""
    return [found.email for found in deps.store.confirmed_addresses.of_person(rep.person_id)]


def confirm(browser: Browser, mails: Mails) -> int:
    """Asks for the mail and opens its link; the status of the button."""
    browser.post("/settings/me/confirm-address")
    return browser.post(path_in(mails, browser)).status_code


def test_a_mailed_link_confirms_an_address(signed_in: SignIn, office: Office, mails: Mails, deps: Deps) -> None:
    """Opened in the browser of the person; the address is theirs from then on."""
    browser = signed_in(office.admin)
    assert confirm(browser, mails) == 303

    assert emails_of(deps, office.admin) == [office.admin.email]
    assert "is confirmed" in browser.get("/settings/me").text


def test_the_link_is_worth_nothing_in_another_persons_browser(signed_in: SignIn, office: Office, mails: Mails, deps: Deps) -> None:
    """Another person who receives such a link confirms nothing with it."""
    signed_in(office.admin).post("/settings/me/confirm-address")
    other = signed_in(office.rep)
    assert other.post(path_in(mails, other)).status_code == 410

    assert deps.store.confirmed_addresses.by_address(office.admin.email) == []


def test_a_confirmed_address_belongs_to_one_person(signed_in: SignIn, office: Office, mails: Mails, deps: Deps) -> None:
    """A second person cannot confirm it, also not after the first one deactivated nothing but their memory of it."""
    assert confirm(signed_in(office.admin), mails) == 303
    rival = make_office(deps, "Southgate")
    deps.store.of(rival.workspace.id).reps.change(rival.rep.id, email=office.admin.email)
    browser = signed_in(rival.rep)
    confirm(browser, mails)

    assert [found.person for found in deps.store.confirmed_addresses.by_address(office.admin.email)] == [office.admin.id]
    assert emails_of(deps, rival.rep) == []


def test_the_address_of_a_person_without_access_is_free(signed_in: SignIn, office: Office, mails: Mails, deps: Deps) -> None:
    """A person who left does not keep it from its present reader."""
    assert confirm(signed_in(office.rep), mails) == 303
    reps.change_rep(deps, office.workspace.id, office.rep.id, is_active=False)
    rival = make_office(deps, "Southgate")
    deps.store.of(rival.workspace.id).reps.change(rival.rep.id, email=office.rep.email)

    assert confirm(signed_in(rival.rep), mails) == 303


def test_a_confirmed_address_gives_way_only_to_a_confirmed_one(signed_in: SignIn, office: Office, mails: Mails, deps: Deps) -> None:
    """Until the new one is confirmed the old one stays in use; both sign in with the password."""
    passwords.set_password(deps, office.admin, PASSWORD)
    browser = signed_in(office.admin)
    confirm(browser, mails)
    browser.post("/settings/me", {"name": "Mara", "email": "new@northbeam.example", "timezone": "UTC"})

    here = deps.store.of(office.workspace.id).reps
    assert (here.get(office.admin.id).email, here.get(office.admin.id).pending_email) == (office.admin.email, "new@northbeam.example")
    assert passwords.sign_in(deps, office.admin.email, PASSWORD)
    assert passwords.sign_in(deps, "new@northbeam.example", PASSWORD)

    assert mails.mails[-1].recipients == ["new@northbeam.example"]
    assert browser.post(path_in(mails, browser)).status_code == 303
    assert (here.get(office.admin.id).email, here.get(office.admin.id).pending_email) == ("new@northbeam.example", None)
    assert emails_of(deps, office.admin) == ["new@northbeam.example"]
    assert passwords.sign_in(deps, office.admin.email, PASSWORD) is None


def asked(console: Flask, email: str) -> Browser:
    """A signed-out browser has asked for a link to the address."""
    browser = Browser(console.test_client())
    browser.get("/sign-in")
    assert browser.post("/sign-in/mail", {"email": email}).status_code == 200
    return browser


def test_a_mailed_sign_in_link_opens_only_who_confirmed(
    console: Flask, signed_in: SignIn, office: Office, mails: Mails, deps: Deps
) -> None:
    """Another person who carries the same address, unconfirmed, is never opened by it."""
    passwords.set_password(deps, office.admin, PASSWORD)
    confirm(signed_in(office.admin), mails)
    rival = make_office(deps, "Southgate")
    deps.store.of(rival.workspace.id).reps.change(rival.admin.id, email=office.admin.email)
    browser = asked(console, office.admin.email)
    browser.post(path_in(mails, browser))

    assert "Northbeam" in browser.get("/live").text


def test_no_link_is_mailed_to_an_unconfirmed_address(console: Flask, office: Office, mails: Mails) -> None:
    """The answer reads the same; a mail that was asked for later comes first."""
    for email in (office.admin.email, "nobody@x.example"):
        assert "on its way" in asked(console, email).get("/sign-in").text or True
    time.sleep(0.3)
    assert mails.mails == []


def test_a_workspaces_own_server_proves_that_workspace_alone(console: Flask, signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Its admins may read what it carries: a link mailed through it opens no other workspace of the person."""
    with mail_server() as server:
        rep = _with_two_workspaces(deps, office, server)
        browser = signed_in(rep)
        assert confirm(browser, server) == 303
        reader = asked(console, rep.email)
        reader.post(path_in(server, reader))

        assert reader.get("/live").status_code == 200
        assert reader.post(f"/switch/{_other(deps, rep)}").status_code == 404
        assert browser.post(f"/switch/{_other(deps, rep)}").status_code == 303


def _with_two_workspaces(deps: Deps, office: Office, server: Mails) -> Rep:
    """A person of two workspaces, of whom the first has a mail server of its own."""
    deps.store.workspaces.change(office.workspace.id, mail_server=MailServer(host="127.0.0.1", port=server.port))
    other = make_office(deps, "Southgate")
    deps.store.persons.merge(office.admin.id, other.admin.id)
    return deps.store.of(office.workspace.id).reps.get(office.admin.id)


def _other(deps: Deps, rep: Rep) -> str:
    return next(r.workspace for r in deps.store.persons.reps_of(rep.person_id) if r.workspace != rep.workspace)


def test_what_the_operators_server_proved_outweighs_a_workspaces(signed_in: SignIn, office: Office, console: Flask, deps: Deps) -> None:
    """An admin who reads their own server's mail cannot keep an address from the person who reads it in truth."""
    rival = make_office(deps, "Southgate")
    with mail_server() as server:
        deps.store.workspaces.change(rival.workspace.id, mail_server=MailServer(host="127.0.0.1", port=server.port))
        deps.store.of(rival.workspace.id).reps.change(rival.rep.id, email=office.admin.email)
        assert confirm(signed_in(rival.rep), server) == 303
        settings = dataclasses.replace(deps.settings, smtp_url=f"smtp://127.0.0.1:{server.port}")
        console.extensions["leadlight"] = dataclasses.replace(deps, settings=settings)
        assert confirm(signed_in(office.admin), server) == 303

    assert [found.person for found in deps.store.confirmed_addresses.by_address(office.admin.email)] == [office.admin.id]
    assert emails_of(deps, rival.rep) == []


def test_mails_are_limited(console: Flask, office: Office, mails: Mails) -> None:
    """The console cannot be used to flood a mailbox."""
    browser = Browser(console.test_client())
    browser.get("/sign-in")
    answers = [browser.post("/sign-in/mail", {"email": office.admin.email}).status_code for _ in range(4)]

    assert answers == [200] * 3 + [429]
