"""The set-up checklist: no tick that is not true, the way to a public address, the recovery key, and the first visit."""

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from flask import Flask

from tests.console.conftest import Browser, Office, make_office
from tests.notifier.receivers import Receiver, answer, receiver
from tests.scenes import CHROME, HEADERS, make_scene
from tests.smtp_servers import certificate
from tracker.actions.deps import Deps
from tracker.actions.leads import leads
from tracker.actions.workspace import first_start, workspaces
from tracker.actions.workspace.edge_address import edge_problem, resolver_for
from tracker.base.encryption import recovery_key
from tracker.base.network.resolver import Resolver
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.activity.own_browser import OWN
from tracker.domain.ops.audit import AuditAction
from tracker.rules.ops.publishing import domain_of, publishing, suggested_domain
from tracker.store.ops.audit import AuditQuery

SignIn = Callable[..., Browser]
JS = {"Content_Type": "text/javascript; charset=utf-8"}


class Names(Resolver):
    """Resolves every name to `public`, and connects to this machine instead."""

    public = "8.8.8.8"

    def resolve(self, *_: object) -> list[IPv4Address]:
        """The public address; none is an unknown name."""
        if not self.public:
            raise OSError
        return [ip_address(self.public)]

    def resolve_checked(self, *_: object) -> list[IPv4Address]:
        """The address of this machine."""
        return [IPv4Address("127.0.0.1")]


@pytest.fixture
def edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server with a trusted certificate for links.northbeam.com that answers as the edge does."""
    context, authority = certificate(tmp_path, "links.northbeam.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with receiver() as found:
        found.socket = context.wrap_socket(found.socket, server_side=True)
        found.otherwise = answer(200, b"x", **JS)
        yield found


def test_a_public_address_is_asked_for_the_snippet(edge: Receiver) -> None:
    """By a checked connection with a verified certificate; each failure has its sentence."""
    url, names = f"https://links.northbeam.com:{edge.server_port}", Names()
    assert (edge_problem(url, names), edge.calls[0].path) == ("", "/t.js")
    edge.otherwise = answer(200, b"ok", Content_Type="text/plain")
    assert "not as the edge does" in edge_problem(url, names)
    edge.otherwise = answer(502)
    assert "status 502" in edge_problem(url, names)
    assert "certificate" in edge_problem(url.replace("links.", "other."), names)
    assert "could not be reached" in edge_problem("https://links.northbeam.com:9", names)
    names.public = "10.0.0.5"
    assert "10.0.0.5, which is a private address" in edge_problem(url, names)
    names.public = ""
    assert "no address yet" in edge_problem(url, names)
    assert "this machine only" in edge_problem(f"https://localhost:{edge.server_port}", names)


def test_what_is_allowed_for_webhooks_makes_no_address_public(deps: Deps) -> None:
    """OUTBOUND_ALLOW is not consulted, and the port of EDGE_URL is."""
    assert "private address" in edge_problem("https://127.0.0.1:8443", resolver_for("https://127.0.0.1:8443")).replace(
        "this machine only", "private address"
    )


@pytest.mark.parametrize("url", ["http://localhost:8081", "https://192.168.7.3", "http://links.northbeam.com", "https://edge.internal"])
def test_an_address_that_leads_cannot_reach_is_never_ticked(
    signed_in: SignIn, deps: Deps, office: Office, console: Flask, url: str
) -> None:
    """Also with a tick from before, and one of another address; the way is shown instead."""
    console.extensions["leadlight"] = replace(deps, settings=replace(deps.settings, edge_url=url))
    for checked in ("", url, "https://links.northbeam.com"):
        deps.store.workspaces.change(office.workspace.id, edge_checked_at=deps.now(), edge_checked_url=checked)
        browser = signed_in(office.admin)
        browser.post("/setup/edge")
        text = browser.get("/setup").text
        step = text.partition('id="edge"')[2].partition("</details>")[0]
        assert "step-works" not in text.partition('id="edge"')[0].rpartition("<details")[2]
        assert ("Works, checked" in step, "EDGE_URL = &#34;https://links." in step) == (False, True)


def test_the_tick_is_of_the_address_that_was_checked(signed_in: SignIn, deps: Deps, office: Office, console: Flask) -> None:
    """After EDGE_URL was changed, it is open again."""
    seen = []
    for url in ("https://links.northbeam.com", "https://other.northbeam.com"):
        console.extensions["leadlight"] = replace(deps, settings=replace(deps.settings, edge_url=url))
        deps.store.workspaces.change(office.workspace.id, edge_checked_at=deps.now(), edge_checked_url="https://links.northbeam.com")
        seen.append("Works, checked" in signed_in(office.admin).get("/setup").text)
    assert seen == [True, False]


def test_the_lines_to_paste_follow_the_domain(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Typed in any form; hostile text is not repeated."""
    browser = signed_in(office.admin)
    for typed in ("acme.de", "https://www.acme.de/x", " ACME.de "):
        text = browser.get("/setup/steps", query_string={"domain": typed}).text
        assert ("links.acme.de" in text, "PUBLIC_URL = &#34;https://console.acme.de&#34;" in text) == (True, True)
    for typed in ('"><script>', "localhost", "10.0.0.1", "a b", "x" * 300, "xn--", "bücher.de"):
        assert "<script>" not in browser.get("/setup/steps", query_string={"domain": typed}).text
    assert deps.store.workspaces.get(office.workspace.id) == office.workspace


def test_the_domain_is_that_of_the_website() -> None:
    """Without www; an example before there is one."""
    assert [domain_of(t) for t in ("https://www.acme.de/x", "bücher.de", "acme", "", "[::1]", "a..b")] == [
        "acme.de",
        "xn--bcher-kva.de",
        "",
        "",
        "",
        "",
    ]
    found = publishing("acme.de", [ip_address("8.8.8.8"), ip_address("2600::1")], port=8080, edge_port=8081)
    assert [(r.name, r.type, r.value) for r in found.records][1:3] == [
        ("links.acme.de", "AAAA", "2600::1"),
        ("console.acme.de", "A", "8.8.8.8"),
    ]
    assert "reverse_proxy 127.0.0.1:8081" in found.proxy


def test_the_recovery_key_is_shown_once_and_to_the_first_company_only(signed_in: SignIn, deps: Deps, console: Flask) -> None:
    """To an admin who has just proved who they are; the log says that it was shown, not the key."""
    first, other = make_office(deps, "First"), make_office(deps, "Second")
    recovery_key.ensure(deps.settings.recovery_key_file, deps.now())
    assert signed_in(first.rep).post("/setup/recovery-key").status_code == 403
    stranger = signed_in(other.admin)
    assert "recovery key" not in stranger.get("/setup").text
    assert stranger.post("/setup/recovery-key").status_code == 403
    browser = signed_in(first.admin)
    assert "Show recovery key" in browser.get("/setup").text

    shown = browser.post("/setup/recovery-key")
    found = re.search(r"(?:[A-Z2-7]{4}-){7}[A-Z2-7]{4}", shown.text)
    assert found
    assert shown.headers["Cache-Control"] == "no-store"
    assert recovery_key.public_of(found[0]) == recovery_key.read(deps.settings.recovery_key_file).public
    assert "was shown before" in browser.post("/setup/recovery-key").text
    assert "Every night at 03:00" in browser.get("/setup").text
    entries = deps.store.of(first.workspace.id).audit.page(AuditQuery()).items
    assert [entry.action for entry in entries if "recovery key" in entry.subject] == [AuditAction.EXPORTED]
    assert found[0] not in str(entries)


def test_the_first_lead_gets_a_link_that_counts_in_the_reps_own_browser(signed_in: SignIn, deps: Deps, console: Flask) -> None:
    """The visit makes the alert and ticks the step, on localhost too; the same link is offered again."""
    scene = make_scene(deps)
    lead = leads.add_lead(deps, scene.workspace.id, email="dana@acme.example", name="Dana Whitfield", owner=scene.rep.id)
    browser = signed_in(scene.rep)
    browser.post("/setup/link"), browser.post("/setup/link")
    (share,) = scene.store.shares.of_lead(lead.id)
    assert share.tracked_url.startswith(deps.settings.edge_url)
    assert share.tracked_url in browser.get("/setup").text
    own = {"rep": scene.rep.id, "signs": (OWN,), "headers": HEADERS, "agent": CHROME}
    scene.capture(CaptureKind.CLICK, deps.now(), share=share.id, url=share.url, **own)
    scene.spool()
    scene.settle()

    alert = scene.store.alerts.latest()[0]
    assert (alert.lead, alert.rule) == (lead.id, "click")
    step = browser.get("/setup/steps").text.partition('id="link"')[2]
    assert "Works, checked" in step


def test_the_first_admins_time_zone_is_the_companys(signed_in: SignIn, deps: Deps, console: Flask) -> None:
    """From the browser; a zone that was chosen before stays."""
    admin = first_start.first_admin(deps)
    browser = signed_in(admin)
    browser.get("/welcome/you")
    form = {"name": "Mara", "email": "mara@x.example", "password": "lantern harbor quilt", "company": "X", "timezone": "America/Chicago"}
    assert browser.post("/welcome/you", form).status_code == 303
    assert workspaces.first_workspace(deps).timezone == "America/Chicago"
    assert suggested_domain(workspaces.first_workspace(deps)) == "example.com"
