"""Settings, Team and Developers: invitations by mail, teams, hand-over, keys."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.console.conftest import Browser, Office
from tests.notifier.receivers import Mails, mail_server
from tracker.actions.deps import Deps
from tracker.actions.leads import archive, leads
from tracker.actions.team import api_keys
from tracker.actions.workspace import teams
from tracker.base.settings import AllowedTarget, Settings
from tracker.domain.team.rep import Role

SignIn = Callable[..., Browser]


@pytest.fixture
def mails() -> Iterator[Mails]:
    """A mail server."""
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, mails: Mails) -> Settings:
    """The operator has a mail server on this machine."""
    allowed = (AllowedTarget(ip_network("127.0.0.1/32"), None),)
    return replace(settings, outbound_allow=allowed, smtp_url=f"smtp://127.0.0.1:{mails.port}")


def test_an_invitation_is_mailed(signed_in: SignIn, office: Office, deps: Deps, mails: Mails) -> None:
    """The link is in the mail and not on the page; it signs the rep in once."""
    browser = signed_in(office.admin)
    answer = browser.post("/settings/team", {"name": "Ana Reis", "email": "ana@us.example", "role": "manager", "mail": "yes"})

    assert answer.status_code == 303
    assert "The invitation was mailed to ana@us.example." in browser.get("/settings/team").text
    mail = mails.mails[-1]
    assert "/sign-in/" in str(mail)
    rep = deps.store.of(office.workspace.id).reps.by_email("ana@us.example")
    assert rep
    assert rep.role is Role.MANAGER


def test_teams_are_added_changed_and_removed(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """With members, leader and countries by name; a wrong country and a name twice are refused."""
    browser = signed_in(office.admin)
    form = {"name": "North", "member": [office.rep.id], "leader": office.admin.id, "territory": "Germany, AT"}
    assert browser.post("/settings/teams", form).status_code == 303
    (team,) = deps.store.workspaces.get(office.workspace.id).teams
    assert (team.members, team.leader, team.territory) == ((office.rep.id,), office.admin.id, ("DE", "AT"))
    page = browser.get("/settings/team").text
    assert "Germany, Austria" in page

    browser.post("/settings/teams", form)
    browser.post(f"/settings/teams/{team.id}", {"name": "North", "territory": "Atlantis"})
    assert deps.store.workspaces.get(office.workspace.id).teams == (team,)
    browser.post(f"/settings/teams/{team.id}", {"name": "South"})
    assert deps.store.workspaces.get(office.workspace.id).teams[0].members == ()
    browser.post(f"/settings/teams/{team.id}/remove")
    assert deps.store.workspaces.get(office.workspace.id).teams == ()


def test_the_visibility_is_saved(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Each of the three for both roles; anything else is refused."""
    browser = signed_in(office.admin)
    browser.post("/settings/visibility", {"reps_see": "own", "managers_see": "team"})
    policy = deps.store.workspaces.get(office.workspace.id).policy
    assert (policy.reps_see, policy.managers_see) == ("own", "team")
    browser.post("/settings/visibility", {"reps_see": "everything", "managers_see": "team"})
    assert deps.store.workspaces.get(office.workspace.id).policy == policy


def test_the_hand_over_says_what_is_left_and_to_whom(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Nothing happens before the form is sent; then the leads have the chosen owner."""
    lead = leads.add_lead(deps, office.workspace.id, email="l@x.example", name="Lena", owner=office.rep.id)
    teams.add_team(deps, office.workspace.id, name="North", members=[office.rep.id])
    browser = signed_in(office.admin)
    old = leads.add_lead(deps, office.workspace.id, email="o@x.example", name="Olaf", owner=office.rep.id)
    archive.archive_lead(deps, office.workspace.id, old.id)
    page = browser.get(f"/settings/team/{office.rep.id}/deactivate").text
    assert "2 leads and 0 open tasks" in page
    assert deps.store.of(office.workspace.id).reps.get(office.rep.id).is_active

    browser.post(f"/settings/team/{office.rep.id}/deactivate", {"to": office.admin.id})

    assert {deps.store.of(office.workspace.id).leads.get(one.id).owner for one in (lead, old)} == {office.admin.id}
    assert not deps.store.of(office.workspace.id).reps.get(office.rep.id).is_active
    assert browser.get(f"/settings/team/{office.admin.id}/deactivate").status_code == 403


def test_a_key_has_scope_rep_and_expiry(signed_in: SignIn, office: Office, deps: Deps) -> None:
    """Shown with its maker; a wrong number of days is refused."""
    browser = signed_in(office.admin)
    page = browser.post("/settings/keys", {"name": "CRM", "scope": "read", "rep": office.rep.id, "days": "30"}).text

    (key,) = deps.store.keys.of_workspace(office.workspace.id)
    assert (key.scope, key.rep, key.made_by) == ("read", office.rep.id, "Mara Oliveira")
    assert key.expires_at
    assert "by Mara Oliveira" in page
    assert "Tom Birch" in page
    for days in ("-1", "0", "9999", "soon"):
        browser.post("/settings/keys", {"name": "CRM", "days": days})
    assert len(deps.store.keys.of_workspace(office.workspace.id)) == 1
    assert api_keys.PREFIX in page
