"""Scoring rules as a workspace has them: numbers of shipped rules, own rules on events, fields and inactivity."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.unit.rules.test_scoring import HOME, LEAD, NOON, event
from tracker.domain.activity.event import EventKind
from tracker.domain.workspace.custom_field import CustomField
from tracker.domain.workspace.scoring import OwnScoringRule, ScoreTrigger, ScoringRuleChange
from tracker.rules.scoring.daily_facts import facts_of
from tracker.rules.scoring.daily_progress import DailyProgress
from tracker.rules.scoring.score import score_of

T = ScoreTrigger
WHERE = ZoneInfo("UTC")


def rule(trigger, points=7, **more):
    return OwnScoringRule(name="Why", trigger=trigger, points=points, **more)


def scored(events, *own, as_of=NOON, lead=LEAD, **more):
    home = msgspec.structs.replace(HOME, own_rules=own, **more)
    days = facts_of(lead.id, events, WHERE, home.policy, "", home.own_rules)
    found = score_of(lead, None, days, (), home, as_of)
    assert sum(row.points for row in found.ledger) == found.total == found.fit + found.engagement
    return found, {row.rule: row.points for row in found.ledger}


def test_the_numbers_of_a_shipped_rule_can_be_changed_and_it_can_be_off():
    """Times a day, cap and half-life count as the workspace says; off gives nothing, also of what happened before."""
    views = [event(EventKind.VIEW, NOON - timedelta(days=day), path="/pricing") for day in (0, 0, 0, 14)]
    assert sorted(row.points for row in scored(views)[0].ledger if row.rule == "pricing_page") == [3, 10]
    change = {"pricing_page": ScoringRuleChange(daily=3, half_life_days=28), "page_view": ScoringRuleChange(is_off=True)}
    found, _ = scored(views, rule_changes=change)
    assert sorted((row.rule, row.points) for row in found.ledger) == [("pricing_page", 4), ("pricing_page", 15)]
    found, _ = scored(views, rule_changes={"pricing_page": ScoringRuleChange(cap=6)})
    assert sum(row.points for row in found.ledger if row.rule == "pricing_page") == 6


@pytest.mark.parametrize(
    ("own", "yes", "no"),
    [
        (rule(T.PAGE, text="/cases"), event(EventKind.VIEW, path="/cases/acme"), event(EventKind.VIEW, path="/blog")),
        (rule(T.PAGE, text="*/price*"), event(EventKind.VIEW, path="/en/prices"), event(EventKind.VIEW, path="/en")),
        (rule(T.FORM, text="f1"), event(EventKind.SUBMIT, form="f1"), event(EventKind.SUBMIT, form="f2")),
        (rule(T.CLICK, text="/a"), event(EventKind.CLICK, path="/a", message="m"), event(EventKind.CLICK, path="/a")),
        (rule(T.CALL), event(EventKind.CALL, fields={"result": "reached"}), event(EventKind.CALL, fields={"result": "no_answer"})),
        (
            rule(T.TOUCH, text="webinar"),
            event(EventKind.TOUCH, title="Webinar", fields={"direction": "in"}),
            event(EventKind.TOUCH, title="Fair", fields={"direction": "in"}),
        ),
        (rule(T.REPLY), event(EventKind.REPLY), event(EventKind.OPEN)),
    ],
    ids=lambda value: value.trigger.value if isinstance(value, OwnScoringRule) else "",
)
def test_an_own_rule_counts_what_it_is_about(own, yes, no):
    """The row names the rule and its reason; one that is off counts, for later, and gives nothing."""
    found, rows = scored([yes], own)
    assert rows[own.id] == 7
    assert next(row.why for row in found.ledger if row.rule == own.id) == "Why"
    assert own.id not in scored([no], own)[1]
    off = msgspec.structs.replace(own, is_on=False)
    assert own.id not in scored([yes], off)[1]
    assert own.id in facts_of(LEAD.id, [yes], WHERE, HOME.policy, "", [off])[0].counts
    progress = DailyProgress(LEAD.id, (), [yes, no], WHERE, HOME.policy, "", [own])
    assert progress.days == facts_of(LEAD.id, [yes, no], WHERE, HOME.policy, "", [own])


def test_the_name_of_a_rule_follows_from_what_it_matches():
    """Facts of sealed days are by name: other points keep it, another page does not."""
    one = rule(T.PAGE, text="/cases")
    assert one.id == msgspec.structs.replace(one, points=1, name="Other", cap=3).id != rule(T.PAGE, text="/other").id


def test_fields_of_the_lead_count_for_fit():
    """Text, numbers of custom fields and emptiness; a rule that holds rates the lead; one on a field that is gone holds for none."""
    lead = msgspec.structs.replace(LEAD, job_title="Head of IT", fields={"Fleet": "120"})
    chief = rule(T.FIELD, 12, text="job_title", comparison="contains", value="head")
    fleet = rule(T.FIELD, 4, text="custom.Fleet", comparison="at_least", value="100")
    rival = rule(T.FIELD, -30, text="company", comparison="is_empty")
    fields = (CustomField(id="f", name="Fleet"),)
    found, rows = scored([], chief, fleet, lead=lead, custom_fields=fields)
    assert (rows, found.fit, found.quadrant) == ({chief.id: 12, fleet.id: 4}, 16, "nurture")
    found, _ = scored([], rival, lead=lead)
    assert (found.total, found.quadrant) == (-30, "leave")
    assert scored([], chief)[0].quadrant == "unrated"
    gone = rule(T.FIELD, text="no_such", comparison="is", value="x")
    assert scored([], gone, lead=lead)[1] == {}


def test_inactivity_begins_to_count_after_its_days():
    """At that moment, not before, only after an activity, and no longer once there is a new one."""
    own, seen = rule(T.INACTIVE, -9, days=60), event(EventKind.VIEW, NOON - timedelta(days=60))
    assert scored([seen], own)[1][own.id] == -9
    assert own.id not in scored([seen], own, as_of=NOON - timedelta(milliseconds=1))[1]
    assert own.id not in scored([seen, event(EventKind.REPLY, NOON - timedelta(days=1))], own)[1]
    assert scored([], own)[1] == {}
