"""The sender check: requested on its page, run by a sweep against real name and mail servers, shown with the records to set."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from flask import Flask

from tests.console.conftest import Browser, Office, make_office
from tests.dns_server import name_server, zone
from tests.notifier.receivers import mail_server
from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.actions.mail_server import sender_checks
from tracker.actions.team import reps
from tracker.base.network.dns_servers import DnsServers
from tracker.base.settings import AllowedTarget, Settings
from tracker.cli.senders import sender_checks as doctor_checks
from tracker.domain.mail.sender_check import FindingLevel, SenderCheck
from tracker.domain.ops.audit import AuditAction
from tracker.domain.team.rep import Rep
from tracker.domain.team.sender import SenderProfile
from tracker.domain.workspace.mail_server import MailServer
from tracker.store.mail.sender_checks import LEASE
from tracker.store.ops.audit import AuditQuery

SignIn = Callable[[Rep], Browser]
PAGE = "/settings/mail/check"
HOSTILE = "v=spf1 ip4:<script>alert(1)</script> -all"
ZONE = zone({
    "northbeam.example": {"TXT": [HOSTILE], "MX": ["10 mx.northbeam.example."]},
    "mx.northbeam.example": {"A": ["192.0.2.1"]},
    "crm7._domainkey.northbeam.example": {"TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
    "beam.test": {"TXT": ["v=spf1 -all"], "MX": ["10 mx.northbeam.example."]},
})  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """The operator's name server is on this machine, and mail servers on it are allowed."""
    with name_server(ZONE) as server:
        allowed = (AllowedTarget(ip_network("127.0.0.1/32"), None),)
        yield replace(settings, dns_servers=DnsServers((server,)), outbound_allow=allowed, edge_url="https://t.northbeam.example")


def run(deps: Deps) -> bool:
    """One round of the sweep."""
    return sender_checks.run_due_check(deps, deps.now())


def kept(deps: Deps, office: Office) -> SenderCheck:
    """The check as it stands."""
    found = deps.store.sender_checks.find(office.workspace.id)
    assert found is not None
    return found


def test_a_check_from_request_to_page(signed_in: SignIn, deps: Deps, office: Office) -> None:
    """The page waits for nothing; the sweep finds; each sender domain has a part with records to copy."""
    reps.add_rep(deps, office.workspace.id, email="lea@beam.test", name="Lea Kundin")
    browser = signed_in(office.admin)
    assert "Not checked yet" in browser.get(PAGE).text
    assert browser.post(PAGE).location == PAGE
    waiting = browser.get(PAGE).text
    assert "data-pending" in waiting
    assert kept(deps, office).checked_at is None

    with mail_server() as mails:
        deps.store.workspaces.change(office.workspace.id, mail_server=MailServer(host="127.0.0.1", port=mails.port))
        assert run(deps)
        assert mails.mails == []

    assert kept(deps, office).domains == ("northbeam.example", "beam.test")
    text = browser.get(PAGE).text
    assert "data-pending" not in text
    assert "tag-danger" in text.partition("lede")[0]
    assert "<script>alert" not in text
    assert 'data-copy="_dmarc.beam.test"' in text
    assert 'data-copy="v=DMARC1; p=none; rua=mailto:postmaster@beam.test"' in text
    assert not run(deps)


def test_selectors_are_saved_tried_and_audited(signed_in: SignIn, deps: Deps, office: Office) -> None:
    """A valid one is checked at once; an invalid one stays on the page."""
    browser = signed_in(office.admin)
    refused = browser.post("/settings/mail/selectors", {"dkim_selectors": "crm7, a b! <x>"})
    assert refused.status_code == 422
    assert "&lt;x&gt;" in refused.text
    assert deps.store.sender_checks.find(office.workspace.id) is None

    assert browser.post("/settings/mail/selectors", {"dkim_selectors": "CRM7, s9"}).status_code == 303
    assert deps.store.workspaces.get(office.workspace.id).dkim_selectors == ("crm7", "s9")
    assert run(deps)
    dkim = [f for f in kept(deps, office).findings if f.topic == "dkim"]
    assert [(f.level, "crm7" in f.text) for f in dkim] == [(FindingLevel.OK, True)]
    entry = deps.store.of(office.workspace.id).audit.page(AuditQuery(actions=frozenset({AuditAction.SETTINGS_CHANGED}))).items[0]
    assert entry.details["dkim_selectors"] == "added crm7, s9"


def test_checks_are_leased_and_repeated(deps: Deps, office: Office) -> None:
    """A process that dies leaves the check due; a request during a check is not lost; a removed workspace stays removed."""
    checks = deps.store.sender_checks
    checks.request(office.workspace.id, NOON)
    first = checks.claim(NOON)
    assert first is not None
    assert checks.claim(NOON) is None
    assert checks.claim(NOON + LEASE) is not None

    checks.request(office.workspace.id, NOON + timedelta(seconds=1))
    checks.save(replace_findings(first))
    assert kept(deps, office).due_at == NOON + timedelta(seconds=1)

    deps.store.remove_workspace(office.workspace.id)
    checks.save(replace_findings(first))
    assert checks.find(office.workspace.id) is None


def replace_findings(check: SenderCheck) -> SenderCheck:
    """The check as done."""
    return SenderCheck(id=check.id, due_at=check.due_at, checked_at=NOON)


def test_only_admins_and_no_demo(signed_in: SignIn, deps: Deps, office: Office) -> None:
    """A rep sees nothing of it; the demo has no sender; another workspace's check is its own."""
    for path in (PAGE, "/settings/mail/selectors"):
        assert signed_in(office.rep).post(path).status_code == 403
    sender_checks.request_check(deps, make_office(deps, "Other").workspace.id)
    assert deps.store.sender_checks.find(office.workspace.id) is None
    deps.store.workspaces.change(office.workspace.id, is_demo=True)
    browser = signed_in(office.admin)
    assert "there is no sender to check" in browser.get(PAGE).text
    assert browser.post(PAGE).status_code == 403


def test_checks_are_limited_per_workspace(signed_in: SignIn, office: Office) -> None:
    """DNS and the mail server are not asked without end."""
    browser = signed_in(office.admin)
    for _ in range(31):
        browser.post(PAGE)
    assert "checked too often" in browser.get(PAGE).text


def test_a_check_that_never_starts_is_told(signed_in: SignIn, deps: Deps, office: Office, console: Flask) -> None:
    """The process `schedule` may be away."""
    deps.store.sender_checks.request(office.workspace.id, deps.now() - timedelta(minutes=1))
    assert "has not started yet" in signed_in(office.admin).get(PAGE).text


def test_without_dns_the_rest_is_checked(deps: Deps, office: Office) -> None:
    """DNS_SERVERS is off: no domain is judged."""
    off = replace(deps, settings=replace(deps.settings, dns_servers=DnsServers(is_off=True)))
    found = sender_checks.sender_findings(off, office.workspace)
    assert [f.topic.value for f in found] == ["lookup", "server", "one_click"]


def test_the_address_that_a_rep_sends_from_is_checked(deps: Deps, office: Office) -> None:
    """The sender's address of the profile takes the place of the rep's own."""
    rep = reps.add_rep(deps, office.workspace.id, email="lea@beam.test", name="Lea Kundin")
    deps.store.of(office.workspace.id).reps.change(rep.id, sender=SenderProfile(address="lea@lamp.test"))
    assert set(sender_checks.sender_domains(deps, office.workspace.id)) == {"northbeam.example", "lamp.test"}


def test_doctor_names_each_problem(deps: Deps, office: Office) -> None:
    """With the record to set, and never as a failure of the installation."""
    found = list(doctor_checks(deps))
    assert {check.level for check in found} == {"warn"}
    assert any("_dmarc.northbeam.example TXT v=DMARC1" in check.todo for check in found)
    deps.store.workspaces.change(office.workspace.id, is_demo=True)
    assert list(doctor_checks(deps)) == []
