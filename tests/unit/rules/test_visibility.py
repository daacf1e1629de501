"""Who sees and may do what: the rules alone, without store or request."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests import live_messages
from tracker.base.errors import Taken
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.domain.alerting.payload import AlertWithdrawn
from tracker.domain.leads.lead import Lead
from tracker.domain.live_message import LiveMessage
from tracker.domain.team.api_key import KeyScope
from tracker.domain.team.rep import Rep, Role
from tracker.domain.team.team import Team
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules import visibility
from tracker.rules.visibility import Viewer

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OWN = Workspace(id="w" * 16, name="W", created_at=NOW, policy=Policy(reps_see="own"))
ALL = msgspec.structs.replace(OWN, policy=Policy(reps_see="all"))
ME = Rep(id="me", workspace=OWN.id, email="me@us.example", name="Me", created_at=NOW)
BOSS = msgspec.structs.replace(ME, id="boss", role=Role.ADMIN)
NARROW, OPEN, ADMIN, PROGRAM = Viewer(OWN, ME), Viewer(ALL, ME), Viewer(OWN, BOSS), Viewer(OWN, None)


def lead(owner: str | None) -> Lead:
    return Lead(id="l", workspace=OWN.id, email="l@x.example", name="L", owner=owner, created_at=NOW, updated_at=NOW)


def alert(about: str, rep: str | None) -> Alert:
    return Alert(
        id="a",
        workspace=OWN.id,
        lead=about,
        rep=rep,
        rule=AlertRule.CLICK,
        cause="c",
        episode="e",
        at=NOW,
        priority=Priority.LOUD,
        title="t",
        text="",
        times=Times(event=NOW),
    )


TEAMS = (
    Team(id="t1", name="North", members=("me", "mate"), leader="chief"),
    Team(id="t2", name="South", members=("far",), leader="chief"),
)
SEEN = {"own": {"me", None}, "team": {"me", "mate", "chief", None}, "all": None}


@pytest.mark.parametrize("reps_see", visibility.REACHES)
@pytest.mark.parametrize("managers_see", visibility.REACHES)
def test_what_each_role_sees_under_each_policy(reps_see: str, managers_see: str) -> None:
    """Reps by their policy; managers by the wider of both; a leader sees every team they lead; admins see all."""
    workspace = msgspec.structs.replace(OWN, policy=Policy(reps_see=reps_see, managers_see=managers_see), teams=TEAMS)
    manager = msgspec.structs.replace(ME, role=Role.MANAGER)
    widest = max(reps_see, managers_see, key=visibility.REACHES.index)

    assert visibility.scope(Viewer(workspace, ME)) == SEEN[reps_see]
    assert visibility.scope(Viewer(workspace, manager)) == SEEN[widest]
    assert visibility.scope(Viewer(workspace, BOSS)) is None
    chief = msgspec.structs.replace(manager, id="chief")
    led = {"own": {"chief", None}, "team": {"me", "mate", "far", "chief", None}, "all": None}
    assert visibility.scope(Viewer(workspace, chief)) == led[widest]
    assert not visibility.is_admin(Viewer(workspace, manager))
    assert not visibility.may_act_as(Viewer(workspace, chief), "mate")


def test_a_rep_without_a_team_sees_only_own_leads() -> None:
    """Under the policy `team`, where the rep is in none."""
    workspace = msgspec.structs.replace(OWN, policy=Policy(reps_see="team"), teams=TEAMS[1:])
    assert visibility.scope(Viewer(workspace, ME)) == {"me", None}


@pytest.mark.parametrize("rep", [None, BOSS, ME])
def test_a_key_reaches_no_further_than_its_scope(rep: Rep | None) -> None:
    """What is seen does not depend on the scope; administration needs `admin`, and changes need more than `read`."""
    for key_scope in KeyScope:
        viewer = Viewer(OWN, rep, key_scope)
        assert visibility.scope(viewer) == visibility.scope(Viewer(OWN, rep))
        assert visibility.is_admin(viewer) == (key_scope is KeyScope.ADMIN and rep is not ME)
        assert visibility.may_write(viewer) == (key_scope is not KeyScope.READ)


@pytest.mark.parametrize(("viewer", "scope"), [(NARROW, {"me", None}), (OPEN, None), (ADMIN, None), (PROGRAM, None)])
def test_the_scope_of_each_role(viewer: Viewer, scope: set[str | None] | None) -> None:
    """A rep under the policy `own` sees their own leads and those without an owner; all others see all leads."""
    assert visibility.scope(viewer) == scope
    for owner in ("me", None, "other"):
        is_seen = scope is None or owner in scope
        assert visibility.may_see(viewer, lead(owner)) == is_seen
        assert visibility.may_assign(viewer, owner) == is_seen
    assert visibility.may_see(viewer, None) == (scope is None)


def test_companies_are_seen_with_their_leads() -> None:
    """A company is visible with one visible lead, or without leads."""
    assert visibility.may_see_company(NARROW, [])
    assert visibility.may_see_company(NARROW, ["other", "me"])
    assert visibility.may_see_company(NARROW, ["other", None])
    assert not visibility.may_see_company(NARROW, ["other", "third"])
    assert visibility.may_see_company(OPEN, ["other"])


@pytest.mark.parametrize(("viewer", "others"), [(NARROW, False), (OPEN, False), (ADMIN, True), (PROGRAM, True)])
def test_acting_in_the_name_of_a_rep(viewer: Viewer, *, others: bool) -> None:
    """Reps act for themselves only; admins and programs act for all."""
    assert visibility.may_act_as(viewer, "other") == others
    assert visibility.may_act_as(viewer, None)
    assert visibility.is_admin(viewer) == others
    if viewer.rep:
        assert visibility.may_act_as(viewer, viewer.rep.id)


def test_alerts_follow_the_lead_as_it_is_now() -> None:
    """A rep's own alert of a lead that is a colleague's now is no longer visible to them; tests and alarms are visible to their recipients."""
    assert not visibility.may_see_alert(NARROW, alert("l", "me"), {"l": lead("other")})
    assert not visibility.may_see_alert(NARROW, alert("l", None), {})
    assert visibility.may_see_alert(NARROW, alert("l", "other"), {"l": lead("me")})
    assert visibility.may_see_alert(NARROW, alert("", "me"), {})
    assert visibility.may_see_alert(NARROW, alert("", None), {})
    assert not visibility.may_see_alert(OPEN, alert("", "boss"), {})
    assert visibility.may_see_alert(ADMIN, alert("", "me"), {})


def test_an_alert_that_names_a_colleagues_lead_is_hidden() -> None:
    """Also where the lead that it belongs to is visible."""
    several = msgspec.structs.replace(alert("l", "me"), others=("m",))
    assert visibility.may_see_alert(NARROW, several, {"l": lead("me"), "m": lead(None)})
    assert not visibility.may_see_alert(NARROW, several, {"l": lead("me"), "m": lead("other")})
    assert visibility.may_see_alert(OPEN, several, {"l": lead("me"), "m": lead("other")})


@pytest.mark.parametrize(
    "message",
    [
        live_messages.presence(lead="l"),
        live_messages.event("e", lead="l"),
        live_messages.alert("a", lead="l", rep="other"),
        AlertWithdrawn(id="a", lead="l", rep="other"),
    ],
    ids=["presence", "event", "alert", "withdrawn"],
)
def test_live_messages_follow_the_visibility_of_their_lead(message: LiveMessage) -> None:
    """A narrowed rep receives nothing about a colleague's lead, or about one that does not exist."""
    assert visibility.may_receive(NARROW, message, lead("me"))
    assert visibility.may_receive(NARROW, message, lead(None))
    assert not visibility.may_receive(NARROW, message, lead("other"))
    assert not visibility.may_receive(NARROW, message, None)
    assert visibility.may_receive(OPEN, message, None)


def test_a_narrowed_rep_receives_nothing_about_anonymous_visitors() -> None:
    """An anonymous visitor may turn out to be a colleague's lead. A test of one's own channel is received."""
    assert not visibility.may_receive(NARROW, live_messages.presence(url="https://x"), None)
    assert visibility.may_receive(OPEN, live_messages.presence(), None)
    assert visibility.may_receive(NARROW, live_messages.alert("a", rep="me"), None)
    assert visibility.may_receive(NARROW, live_messages.alert("a"), None)
    assert not visibility.may_receive(OPEN, live_messages.alert("a", rep="boss"), None)


def test_reports_that_cannot_be_narrowed_down() -> None:
    """They are for viewers of all leads."""
    assert not visibility.may_see_report(NARROW, "activity")
    assert visibility.may_see_report(NARROW, "stages")
    assert visibility.may_see_report(OPEN, "activity")


def test_a_concealed_conflict_says_only_that_a_record_exists() -> None:
    """It does not contain the id of the record."""
    told = visibility.concealed(Taken("a lead with this address exists already", kind="lead", record="secret"))
    assert (told.record, str(told)) == (None, "a lead with this address exists already. An admin can assign it to you.")
