"""Settings, Mail clients: an app password is shown once, and what was not delivered is listed for its sender alone."""

import plistlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec import structs

from tests.apps import console_app
from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.actions.mail_relay.app_passwords import sign_in
from tracker.domain.mail.accepted_mail import CopyState, RelayedCopy
from tracker.web.console.pages.account.client_profiles import apple_profile
from tracker.web.console.pages.account.client_setup import CLIENTS


def test_mail_clients(signed_in: Callable[..., Any], office: Any, deps: Deps) -> None:
    """Created, used, deleted by a rep; a colleague's is not there."""
    browser, ws = signed_in(office.rep), office.workspace.id
    copy = RelayedCopy(
        id="c", workspace=ws, mail="m", rep=office.rep.id, mailbox="x@us.example", recipient="<b>@else.example", subject="Lunch",
        state=CopyState.FAILED, wanted_at=NOON, next_try_at=None, error="there is no such mailbox",
    )  # fmt: skip
    deps.store.relayed_copies.add([copy])

    page = browser.post("/settings/mail-clients", {"name": "Thunderbird"}).text
    (made,) = deps.store.app_passwords.of_rep(ws, office.rep.id)
    text = page.split('data-copy="', 1)[1].split('"', 1)[0]
    assert sign_in(deps, office.rep.email, text).rep.id == office.rep.id
    again = browser.get("/settings/mail-clients").text
    assert (text in again, "Thunderbird" in again, "there is no such mailbox" in again, "&lt;b&gt;@else.example" in again) == (
        *(False, True, True, True),
    )
    browser.post("/settings/mail-clients/leads", {"adds_leads": "yes"})
    assert deps.store.of(ws).reps.get(office.rep.id).adds_leads

    other = signed_in(office.admin)
    assert "there is no such mailbox" not in other.get("/settings/mail-clients").text
    assert other.post(f"/settings/mail-clients/{made.id}/remove").status_code == 404
    assert signed_in(office.rep).post(f"/settings/mail-clients/{made.id}/remove").status_code == 303
    assert sign_in(deps, office.rep.email, text) is None


def _public(deps: Deps, tmp_path: Path, **changes: Any) -> Deps:
    """With a certificate for the relay: other machines can use it."""
    return replace(deps, settings=replace(deps.settings, relay_cert_file=tmp_path / "x.crt", **changes))


@pytest.mark.parametrize("client", sorted(CLIENTS))
def test_set_up_of_a_client(signed_in: Callable[..., Any], office: Any, deps: Deps, client: str) -> None:
    """The real server and user name; an app password shown once; a test of the rep's own, for this client alone."""
    browser, path = signed_in(office.rep), f"/settings/mail-clients/{client}"

    page = browser.get(path).text
    assert (f'data-copy="{office.rep.email}"' in page, f'data-copy="{deps.settings.relay_port}"' in page) == (True, True)
    page = browser.post(f"{path}/password").text
    (made,) = deps.store.app_passwords.of_rep(office.workspace.id, office.rep.id)
    assert (made.name, f"{made.hint}" in page) == (CLIENTS[client], True)
    assert browser.post(f"{path}/test").status_code == 303
    test = deps.store.client_tests.find(office.workspace.id, office.rep.id)
    others = [browser.get(f"/settings/mail-clients/{other}").text for other in CLIENTS if other != client]
    assert (f"Test {test.code}" in browser.get(path).text, any(test.code in other for other in others)) == (True, False)
    assert test.code not in signed_in(office.admin).get(path).text
    assert browser.get("/settings/mail-clients/pine").status_code == 404


def test_thunderbird_is_told_servers_and_no_reps(deps: Deps, tmp_path: Path) -> None:
    """Without a sign-in; the same for every address; nothing while clients elsewhere could not connect."""
    paths = ("/mail/config-v1.1.xml?emailaddress=tom%40us.example", "/.well-known/autoconfig/mail/config-v1.1.xml")
    hidden = console_app(deps).test_client()
    assert [hidden.get(path).status_code for path in paths] == [404, 404]

    shown = console_app(_public(deps, tmp_path, imap_url="imaps://imap.us.example")).test_client()
    first, second = (shown.get(path) for path in paths)
    assert first.data == second.data
    root = ET.fromstring(first.data)
    servers = [(one.get("type"), *(one.findtext(tag) for tag in ("hostname", "port", "socketType", "username"))) for one in root.iter()
               if one.tag in ("incomingServer", "outgoingServer")]  # fmt: skip
    assert servers == [
        ("imap", "imap.us.example", "993", "SSL", "%EMAILADDRESS%"),
        ("smtp", "localhost", str(deps.settings.relay_tls_port), "SSL", "%EMAILADDRESS%"),
        ("smtp", "localhost", str(deps.settings.relay_port), "STARTTLS", "%EMAILADDRESS%"),
    ]


def test_a_profile_for_apple_mail(signed_in: Callable[..., Any], deps: Deps, office: Any, tmp_path: Path) -> None:
    """Hostile names stay text, ids stay the same, and there is no password; an incoming server must be a host name."""
    public = _public(deps, tmp_path, relay_url="smtp://mail.us.example:587")
    rep = structs.replace(office.rep, name="Tom </string><key>&\x07")
    first, again = (apple_profile(public.settings, rep, "imap.us.example", None) for _ in range(2))
    account = plistlib.loads(first)["PayloadContent"][0]
    assert first == again
    assert (account["EmailAccountName"], account["OutgoingMailServerHostName"], account["OutgoingMailServerPortNumber"]) == (
        *("Tom </string><key>&", "mail.us.example", 587),
    )
    assert [name for name in account if name.endswith("Password") and account[name] is not False] == []

    browser, path = signed_in(office.rep), "/settings/mail-clients/apple/profile"
    assert browser.get(f"{path}?imap=imap.us.example").status_code == 404
    console_app(public)
    answer = browser.get(f"{path}?imap=IMAP.us.example")
    assert (answer.status_code, answer.data) == (200, apple_profile(public.settings, office.rep, "imap.us.example", None))
    assert [browser.get(f"{path}?imap={host}").status_code for host in ("", "localhost", "a b.example", "x..example", "a<b.example")] == [
        422
    ] * 5
