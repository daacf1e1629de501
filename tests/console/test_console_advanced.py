"""The Advanced page: what was learned of recipients' domains, and the switch."""

from collections.abc import Callable

import pytest

from tests.console.conftest import Browser, Office, make_office
from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.domain.mail.mail_domain import MailDomain
from tracker.rules.verdicts.evidence import ScanProfile
from tracker.store.ops.audit import AuditQuery
from tracker.web.console.text.audit_text import details_of

SignIn = Callable[..., Browser]
PROFILE = ScanProfile(messages=40, scanned=30, earliest=20, latest=150, networks=frozenset({"4:1", "4:2"}))


def learned(deps: Deps, office: Office) -> None:
    """Two domains, one of which has a known mail service."""
    profiles = deps.store.of(office.workspace.id).scan_profiles
    profiles.add_day(NOON.date(), {"acme.example": PROFILE, "beta.example": ScanProfile(messages=5, scanned=5, latest=9000)})
    deps.store.mail_domains.want("acme.example", NOON)
    known = MailDomain(id="acme.example").answered(["mx"], "Microsoft", True, NOON)
    deps.store.mail_domains.save(known, "services")


def test_learned_domains_are_listed(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Of the newest day, with service, share and delay."""
    browser = signed_in(office.admin)
    assert "Nothing learned yet" in browser.get("/settings/advanced").text

    learned(deps, office)
    page = browser.get("/settings/advanced").text
    for text in ("acme.example", "Microsoft", ">40<", "75%", "20 s to 2 min", ">2<", "beta.example", "Unknown", "100%", "0 s to 2 h"):
        assert text in page


def test_another_workspace_sees_its_own(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Domains to which others wrote are not shown."""
    learned(deps, office)

    assert "acme.example" not in signed_in(make_office(deps, "Southgate").admin).get("/settings/advanced").text


@pytest.mark.parametrize(("form", "expected"), [({}, False), ({"learn_domains": "yes"}, True)])
def test_the_switch_is_saved_and_audited(signed_in: SignIn, office: Office, deps: Deps, form: dict[str, str], *, expected: bool) -> None:
    """It is on by default; saving without a change writes no entry. Other settings stay."""
    browser = signed_in(office.admin)
    assert browser.post("/settings/advanced", form).status_code == 303

    policy = deps.store.workspaces.get(office.workspace.id).policy
    assert (policy.learn_domains, policy.hot_score) == (expected, office.workspace.policy.hot_score)
    entries = deps.store.of(office.workspace.id).audit.page(AuditQuery(), limit=20).items
    shown = [detail for entry in entries for detail in details_of(entry)]
    assert shown == ([] if expected else [("use what was learned about recipients' domains", "yes → no")])
    assert ('value="yes" checked' in browser.get("/settings/advanced").text) == expected


def test_saving_the_company_keeps_the_switch(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """The Company page does not know it."""
    browser = signed_in(office.admin)
    browser.post("/settings/advanced", {})
    browser.post("/settings/workspace", {"name": "N", "timezone": "UTC", "hot_score": "60", "quiet_days": "14", "reps_see": "own"})

    assert deps.store.workspaces.get(office.workspace.id).policy.learn_domains is False
