"""The workspace's mail server: fields of its own, checked before it is kept, its password never shown nor sent elsewhere."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.console.conftest import Browser, Office
from tests.notifier.receivers import Mails, mail_server
from tests.smtp_servers import BANNER, TEXT, dialogue, scripted
from tracker.actions.deps import Deps
from tracker.actions.mail_server import mail_servers
from tracker.actions.workspace import workspaces
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.base.settings import AllowedTarget, Settings
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.workspace import Workspace
from tracker.mail.routes import route_of

SignIn = Callable[[Rep], Browser]


@pytest.fixture
def mails() -> Iterator[Mails]:
    """A mail server that works, without sign-in."""
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The operator allows this machine."""
    return replace(settings, outbound_allow=(AllowedTarget(ip_network("127.0.0.1/32"), None),))


def form(port: int, **more: str) -> dict[str, str]:
    """What an admin types."""
    return {"smtp_host": "127.0.0.1", "smtp_port": str(port), "smtp_security": "starttls", "back": "settings", **more}


def kept(deps: Deps, office: Office) -> Workspace:
    """The workspace as it stands."""
    return deps.store.workspaces.get(office.workspace.id)


def test_a_server_that_works_is_kept(signed_in: SignIn, deps: Deps, office: Office, mails: Mails) -> None:
    """Checked, saved, and both pages say so; the fields show what is set."""
    browser = signed_in(office.admin)
    answer = browser.post("/setup/mail", form(mails.port))

    assert (answer.status_code, answer.location) == (303, "/settings/mail")
    found = kept(deps, office)
    assert found.mail_server == MailServer(host="127.0.0.1", port=mails.port)
    assert found.smtp_checked_at is not None
    for page in ("/settings/mail", "/setup"):
        text = browser.get(page).text
        assert 'value="127.0.0.1"' in text
        assert "Works, checked" in text


def test_a_refused_server_never_replaces_a_working_one(signed_in: SignIn, deps: Deps, office: Office, mails: Mails) -> None:
    """Nothing of it is kept; the former one stays with its moment; what was typed stays on the page, but for the password."""
    browser = signed_in(office.admin)
    browser.post("/setup/mail", form(mails.port))
    before = kept(deps, office)
    with scripted(dialogue(BANNER, b"250-x\r\n250 AUTH PLAIN\r\n", b"535 internal-build-host\r\n")) as refusing:
        tries = [
            form(refusing.port, smtp_user="rosa", smtp_password="tr0mbone"),
            form(1, smtp_user="rosa"),
            form(mails.port + 1),
            form(25, smtp_host="10.0.0.1"),
            form(587, smtp_host="rosa:tr0mbone@mail.example.com"),
            form(587, smtp_host="mail.example.com/x"),
            form(587, smtp_host=""),
            form(0),
            form(65536),
            form(587, smtp_port="5 87"),
            form(587, smtp_security="none"),
            form(587, smtp_user="r\u00f6sa"),
            form(587, smtp_user="rosa\r\nRSET"),
            form(587, smtp_password="tr0mbone"),
        ]
        for typed in tries:
            for back in ("settings", "setup"):
                answer = browser.post("/setup/mail", {**typed, "back": back})
                assert answer.status_code == 422, typed
                assert "flash" in answer.text
                assert "tr0mbone" not in answer.text.replace("rosa:tr0mbone@", "")
                assert TEXT not in answer.text
                if typed["smtp_host"] and "\n" not in typed.get("smtp_user", ""):
                    assert f'value="{typed["smtp_host"]}"' in answer.text

    assert kept(deps, office) == before


def test_the_password_goes_to_the_server_it_was_typed_for(signed_in: SignIn, deps: Deps, office: Office, mails: Mails) -> None:
    """Another host, port, user or encryption needs it entered again; it cannot be sent to another server."""
    server = MailServer(host="127.0.0.1", port=mails.port, user="rosa", password="tr0mbone")
    deps.store.workspaces.change(office.workspace.id, mail_server=server)
    browser = signed_in(office.admin)
    with scripted(dialogue(BANNER, b"250-x\r\n250 AUTH PLAIN\r\n", b"235 in\r\n", b"250 ok\r\n")) as thief:
        for typed in (
            form(thief.port, smtp_user="rosa"),
            form(mails.port, smtp_user="rosa", smtp_host="127.0.0.2"),
            form(mails.port, smtp_user="mallory"),
            form(mails.port, smtp_user="rosa", smtp_security="tls"),
            form(mails.port, smtp_user="rosa", smtp_host="localhost"),
        ):
            answer = browser.post("/setup/mail", typed)
            assert answer.status_code == 422
            assert "must be entered again" in answer.text
        assert thief.connections == 0
    for page in ("/settings/mail", "/setup", "/setup/steps"):
        assert "tr0mbone" not in browser.get(page).text
    assert kept(deps, office).mail_server == server


def test_the_same_password_is_kept_and_checked(deps: Deps, office: Office) -> None:
    """An empty password means the one that is set; that check is one of the former server, so its outcome counts."""
    script = dialogue(BANNER, b"250-x\r\n250 AUTH PLAIN\r\n", b"235 in\r\n", b"250 ok\r\n", b"221 bye\r\n")
    with scripted(script) as server:
        given = {"host": "127.0.0.1", "port": str(server.port), "security": "starttls", "user": "rosa"}
        mail_servers.set_mail_server(deps, office.workspace.id, **given, password="tr0mbone")
        again = mail_servers.set_mail_server(deps, office.workspace.id, **given, password="")
        assert again.mail_server is not None
        assert again.mail_server.password == "tr0mbone"
    with pytest.raises(DeliveryError):
        mail_servers.set_mail_server(deps, office.workspace.id, **given, password="")

    assert kept(deps, office).mail_server == again.mail_server
    assert kept(deps, office).smtp_checked_at is None


def test_the_server_of_the_installation_counts_where_there_is_none(
    signed_in: SignIn, deps: Deps, office: Office, mails: Mails, settings: Settings
) -> None:
    """Removing one's own goes back to SMTP_URL."""
    browser = signed_in(office.admin)
    browser.post("/setup/mail", form(mails.port))
    assert browser.post("/setup/mail/remove", {"back": "settings"}).status_code == 303

    found = kept(deps, office)
    assert (found.mail_server, found.smtp_checked_at) == (None, None)
    assert route_of(found, settings) is None
    operators = route_of(found, replace(settings, smtp_url="smtp://10.0.0.1:2500"))
    assert operators is not None
    assert (operators.is_trusted, operators.server.host) == (True, "10.0.0.1")
    with pytest.raises(Invalid):
        mail_servers.check_mail_server(deps, office.workspace.id)


def test_only_admins_set_it(signed_in: SignIn, deps: Deps, office: Office, mails: Mails) -> None:
    """A rep may not, by any of the forms."""
    browser = signed_in(office.rep)
    for path in ("/setup/mail", "/setup/mail/check", "/setup/mail/remove"):
        assert browser.post(path, form(mails.port)).status_code == 403
    assert kept(deps, office).mail_server is None


def test_the_demos_mail_server_cannot_be_set(signed_in: SignIn, deps: Deps, office: Office, mails: Mails, settings: Settings) -> None:
    """By no form and no action; and what stands in its record is not used either."""
    deps.store.workspaces.change(office.workspace.id, is_demo=True)
    browser = signed_in(office.admin)
    assert browser.post("/setup/mail", form(mails.port)).status_code == 403
    assert browser.post("/setup/mail/remove", {}).status_code == 403
    assert 'name="smtp_host"' not in browser.get("/settings/mail").text
    given = {"host": "127.0.0.1", "port": str(mails.port), "security": "starttls", "user": "", "password": ""}
    with pytest.raises(Forbidden, match="cannot be changed"):
        mail_servers.set_mail_server(deps, office.workspace.id, **given)
    for name in ("mail_server", "smtp_url", "is_demo"):
        with pytest.raises(Invalid):
            workspaces.change_workspace(deps, office.workspace.id, **{name: None})
    assert kept(deps, office).mail_server is None

    forced = deps.store.workspaces.change(office.workspace.id, mail_server=MailServer(host="mail.example.com", port=25))
    route = route_of(forced, replace(settings, smtp_url="smtp://mail.example.com"))
    assert route is not None
    assert (route.server.host, route.server.port) == ("127.0.0.1", settings.demo_smtp_port)


def test_checks_are_limited(signed_in: SignIn, deps: Deps, office: Office, mails: Mails) -> None:
    """Checks are limited per workspace; an invalid form does not count as a check."""
    browser = signed_in(office.admin)
    answers = [browser.post("/setup/mail", form(mails.port)).status_code for _ in range(30)]
    assert answers == [303] * 30
    assert "checked too often" in browser.post("/setup/mail", form(mails.port)).text
    browser.post("/setup/mail/check", {})
    assert "checked too often" in browser.get("/setup").text
    assert kept(deps, office).smtp_checked_at is not None
