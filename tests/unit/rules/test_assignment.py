"""Assignment rules: the first rule that holds and has a rep who is there decides."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from tests.scenes import NOON
from tracker.domain.leads.lead import Lead
from tracker.domain.team.assignment import AssignmentRule, AssignTo
from tracker.domain.team.out_of_office import OutOfOffice
from tracker.domain.team.rep import Rep
from tracker.domain.team.team import Team
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.assignment.choose import AssignmentContext, choice_for
from tracker.rules.assignment.presence import is_away

AWAY = OutOfOffice(NOON.date(), NOON.date())
LEAD = Lead(id="l", workspace="w", email="dana@acme.example", name="Dana", created_at=NOON, updated_at=NOON)
TEAMS = (
    Team(id="north", name="North", members=("ann", "bob"), leader="cher", territory=("DE", "AT")),
    Team(id="south", name="South", members=("dan",), territory=("IT",)),
)
EVERY = {"all": []}


def rep(name: str, **more: object) -> Rep:
    return Rep(id=name, workspace="w", email=f"{name}@us.example", name=name, created_at=NOON, **more)


def chosen(rules: list[AssignmentRule], lead: Lead = LEAD, form: str | None = None, **absent: Rep) -> tuple[str, ...] | None:
    """The rule and the reps between whom it chooses."""
    reps = {name: rep(name) for name in ("ann", "bob", "cher", "dan", "eve")} | absent
    workspace = Workspace(
        id="w", name="W", created_at=NOON, teams=TEAMS, assignment_rules=tuple(rules), custom_fields=(CustomField(id="r", name="Region"),)
    )
    sources = {"web": "Website", "website": "Website"}
    found = choice_for(lead, None, form, AssignmentContext(workspace, reps, NOON, sources))
    return (found.rule, *found.reps) if found else None


def rule(name: str, condition: dict[str, object] | None = None, **to: object) -> AssignmentRule:
    return AssignmentRule(name=name, condition=condition or EVERY, **({"to": AssignTo.REP, "rep": "eve"} | to))


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ({"field": "country", "in": ["Germany", "France"]}, {"country": "DE"}),
        ({"field": "country", "is": "germany"}, {"country": "Deutschland"}),
        ({"field": "source", "is": "web"}, {"source": "Website"}),
        ({"field": "tags", "is": "vip"}, {"tags": ("VIP",)}),
        ({"field": "company", "contains": "foods"}, {"company": "Acme Foods"}),
        ({"field": "custom.Region", "is": "North"}, {"fields": {"Region": "north"}}),
        ({"any": [{"field": "email", "contains": "@acme."}, {"field": "size", "is": "1–10"}]}, {}),
    ],
)
def test_a_rule_holds_by_what_is_known_of_a_new_lead(condition, values):
    """By the conditions that lists have; a rule that does not hold leaves the lead to the next one."""
    lead = msgspec.structs.replace(LEAD, **values)
    assert chosen([rule("first", condition)], lead) == ("first", "eve")
    assert chosen([rule("first", {"field": "source", "is": "Fair"}), rule("rest", rep="dan")], lead) == ("rest", "dan")


def test_a_rule_may_be_for_some_forms_only():
    """Leads who came otherwise are left to the next rule."""
    rules = [rule("quote", forms=("f1",)), rule("rest", rep="dan")]
    assert [chosen(rules, form=form) for form in ("f1", "f2", None)] == [("quote", "eve"), ("rest", "dan"), ("rest", "dan")]


def test_a_team_and_a_territory_take_turns():
    """Of all members who are there; a country without a team is left to the next rule."""
    team, land = rule("team", to=AssignTo.TEAM, team="north"), rule("land", to=AssignTo.TERRITORY)
    assert chosen([team]) == ("team", "ann", "bob")
    assert chosen([land], msgspec.structs.replace(LEAD, country="Italy")) == ("land", "dan")
    assert chosen([land], msgspec.structs.replace(LEAD, fields={"location": "Austria"})) == ("land", "ann", "bob")
    assert chosen([land, rule("rest")], msgspec.structs.replace(LEAD, country="FR")) == ("rest", "eve")
    assert chosen([land]) is None


def test_who_is_away_or_deactivated_gets_nothing():
    """A named rep's teammates take over, then the leader, then the next rule; at last no one."""
    rules = [rule("named", rep="ann"), rule("rest", rep="eve")]
    ann, bob = rep("ann", out_of_office=AWAY), rep("bob", is_active=False)
    assert chosen(rules, ann=ann) == ("named", "bob")
    assert chosen(rules, ann=ann, bob=bob) == ("named", "cher")
    assert chosen(rules, ann=ann, bob=bob, cher=rep("cher", out_of_office=AWAY)) == ("rest", "eve")
    assert chosen(rules[:1], ann=ann, bob=bob, cher=rep("cher", is_active=False)) is None
    assert chosen([rule("alone")], eve=rep("eve", out_of_office=AWAY)) is None
    assert chosen([rule("team", to=AssignTo.TEAM, team="gone"), rule("rest")]) == ("rest", "eve")
    assert chosen([rule("team", to=AssignTo.TEAM, team="north")], bob=bob) == ("team", "ann")


@pytest.mark.parametrize("zone", ["Pacific/Chatham", "Asia/Kolkata", "America/Los_Angeles", "UTC"])
def test_days_out_of_office_are_those_of_the_rep(zone):
    """From the first midnight to the last one, where the rep is."""
    from zoneinfo import ZoneInfo

    there = rep("ann", timezone=zone, out_of_office=OutOfOffice(date(2027, 3, 27), date(2027, 3, 28)))
    begin = datetime(2027, 3, 27, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = datetime(2027, 3, 29, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    second = timedelta(seconds=1)
    assert [is_away(there, at) for at in (begin - second, begin, end - second, end)] == [False, True, True, False]
