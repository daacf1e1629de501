"""Scores: whole points from facts and a moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.form import FormKind
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import MessageBrief, Reaction
from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules.scoring.daily_facts import facts_of
from tracker.rules.scoring.daily_progress import DailyProgress
from tracker.rules.scoring.rules import default_points
from tracker.rules.scoring.score import score_of

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOME = Workspace(id="a" * 16, name="Acme", created_at=NOON)
LEAD = Lead(id="b" * 32, workspace=HOME.id, email="d@x.example", name="Dana", created_at=NOON - timedelta(days=50), updated_at=NOON)


def event(kind: EventKind, at: datetime = NOON, path: str = "/", label: Label = Label.HUMAN, **more) -> Event:
    return Event(
        id=new_id(),
        workspace=HOME.id,
        kind=kind,
        at=at,
        received=at,
        verdict=Verdict(label, 1.0),
        url=f"https://www.acme.example{path}",
        **more,
    )


def score(events, *, lead=LEAD, home=HOME, as_of=NOON, messages=()):
    return score_of(lead, None, facts_of(lead.id, events, ZoneInfo(home.timezone), home.policy), list(messages), home, as_of)


def test_the_pricing_page_is_worth_five_and_the_view_itself_one():
    """The pricing page has a rule of its own, in addition to the page view."""
    rows = {row.rule: row.points for row in score([event(EventKind.VIEW, path="/pricing")]).ledger}
    assert rows == {"pricing_page": 5, "page_view": 1}


def test_a_consultation_form_is_worth_ten():
    """It is the strongest signal on the site."""
    assert {r.rule: r.points for r in score([event(EventKind.SUBMIT, path="/contact")]).ledger} == {"consultation_form": 10}
    for kind in set(FormKind) - {FormKind.INQUIRY}:
        assert not score([msgspec.structs.replace(event(EventKind.SUBMIT, path="/contact"), form_kind=kind)]).ledger, kind


@pytest.mark.parametrize(("days", "points"), [(0, 5), (14, 3), (28, 1), (90, 0)], ids=["now", "two weeks", "four", "a quarter"])
def test_points_halve_in_two_weeks(days: int, points: int):
    """A view of the pricing page counts half after fourteen days, in whole points."""
    rows = score([event(EventKind.VIEW, path="/pricing")], as_of=NOON + timedelta(days=days)).ledger
    assert points == sum(row.points for row in rows if row.rule == "pricing_page")


def test_events_of_machines_give_no_points():
    """A scanner's views are stored and give no points."""
    assert score([event(EventKind.VIEW, path="/pricing", label=Label.SCANNER)]).total == 0


def test_a_rule_has_a_daily_limit_and_a_cap():
    """A page reloaded a hundred times gives few points."""
    many = [event(EventKind.VIEW, at=NOON - timedelta(minutes=i), path="/pricing") for i in range(100)]
    assert sum(r.points for r in score(many).ledger if r.rule == "pricing_page") == 10
    days = [event(EventKind.VIEW, at=NOON - timedelta(days=i), path="/pricing") for i in range(60)]
    assert sum(r.points for r in score(days).ledger if r.rule == "pricing_page") <= 20


def test_a_workspace_sets_its_own_points():
    """Points by rule name override the table; 0 switches a rule off."""
    home = Workspace(id=HOME.id, name="Acme", created_at=NOON, rules={"pricing_page": 9, "page_view": 0})
    assert {r.rule: r.points for r in score([event(EventKind.VIEW, path="/pricing")], home=home).ledger} == {"pricing_page": 9}


def message(days: int, **more) -> MessageBrief:
    return MessageBrief(id=new_id(), workspace=HOME.id, lead=LEAD.id, subject="Hello", sent_at=NOON - timedelta(days=days), **more)


@pytest.mark.parametrize(
    ("messages", "points"),
    [
        ([message(31)], -5),
        ([message(29)], 0),
        ([message(31, track=False)], 0),
        ([message(31, tracking=Tracking.OFF, track=False)], 0),
        ([message(31, tracking=Tracking.LINKS)], 0),
        ([message(31, tracking=Tracking.FULL)], -5),
        ([message(31, reaction=Reaction(machine_at=NOON))], 0),
    ],
    ids=["silent", "too early", "untracked", "off", "links only", "full", "cannot tell"],
)
def test_silence_costs_points_only_if_an_open_could_be_seen(messages, points: int):
    """Thirty days without an open count against a lead only if the mail was tracked and no machine loaded its images."""
    assert points == score([], messages=messages).total


def test_fit_follows_from_fields_of_lead_and_company():
    """A wanted industry gives all points, a known one without configured values half, another one none."""
    wanted = Workspace(id=HOME.id, name="A", created_at=NOON, policy=Policy(fit={"industry": ("Logistics",), "size": ("50-200",)}))
    lead = Lead(
        id=LEAD.id,
        workspace=HOME.id,
        email="d@x.example",
        name="D",
        created_at=NOON,
        updated_at=NOON,
        fields={"industry": "logistics", "size": "1-9", "budget": "20k"},
    )
    found = score([], lead=lead, home=wanted)
    assert {r.rule: r.points for r in found.ledger} == {"fit_industry": 10, "fit_budget": 5}
    assert (found.fit, found.engagement, found.quadrant) == (15, 0, "nurture")


FITS = {"industry": ("Logistics",), "size": ("51–200",)}


@pytest.mark.parametrize(
    ("wanted", "known", "country", "expected"),
    [
        ({}, {"industry": "Logistics", "size": "120", "budget": "20k"}, "Portugal", (0, "unrated")),
        (FITS, {}, None, (0, "unrated")),
        (FITS, {}, "Portugal", (0, "unrated")),
        (FITS, {"industry": " "}, None, (0, "unrated")),
        (FITS, {"industry": "Retail"}, None, (0, "leave")),
        (FITS, {"size": "120 people"}, None, (8, "nurture")),
        (FITS, {"industry": "Retail", "size": "120"}, None, (8, "leave")),
        ({"location": ("Germany",)}, {}, "Deutschland", (6, "nurture")),
        ({"location": ("DE",)}, {"location": "Berlin"}, "Germany", (6, "nurture")),
    ],
    ids=["nothing named", "nothing known", "another field", "blank", "no match", "one of one", "less than half", "country", "any place"],
)
def test_unknown_fit_is_unknown(wanted, known, country, expected):
    """A lead is rated once a value is known of a field for which the company has named one; before, fit gives no points."""
    home = msgspec.structs.replace(HOME, policy=Policy(fit=wanted))
    lead = msgspec.structs.replace(LEAD, fields=known, country=country)
    found = score([], lead=lead, home=home)
    assert (found.fit, found.quadrant) == expected


kinds = st.sampled_from([EventKind.VIEW, EventKind.OPEN, EventKind.CLICK, EventKind.SUBMIT, EventKind.DOWNLOAD, EventKind.UNSUBSCRIBE])


@given(st.lists(st.tuples(kinds, st.integers(0, 80), st.sampled_from(["/", "/pricing", "/contact"])), max_size=40), st.integers(0, 120))
def test_the_ledger_always_sums_to_the_score(steps, later: int):
    """For any events and any moment: total = fit + engagement = sum of rows."""
    events = [
        event(kind, NOON - timedelta(days=days), path, message="m" if kind is EventKind.CLICK else None) for kind, days, path in steps
    ]
    found = score(events, as_of=NOON + timedelta(days=later))
    assert found.total == sum(row.points for row in found.ledger) == found.fit + found.engagement


def test_every_rule_has_a_name_of_its_own():
    """The name is the key of the ledger row, the setting and the test."""
    assert len(default_points()) == 17


@given(
    st.lists(
        st.tuples(st.sampled_from(list(EventKind)), st.integers(0, 90 * 24), st.sampled_from(["/", "/pricing", "/contact"]), st.booleans()),
        max_size=25,
    ),
    st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
)
def test_daily_progress_equals_the_facts_up_to_each_event(made, zone: str):
    """Before and after each event, in any order of events: the same as counting from the beginning."""
    where = ZoneInfo(zone)
    events = [
        event(kind, NOON - timedelta(hours=hours), path, Label.HUMAN if stands else Label.SCANNER) for kind, hours, path, stands in made
    ]
    past = facts_of(LEAD.id, [event(EventKind.VIEW, NOON - timedelta(days=120))], where, Policy())
    progress = DailyProgress(LEAD.id, past, events, where, Policy())

    assert progress.days == facts_of(LEAD.id, events, where, Policy())
    for one in events:
        until = [e for e in events if e.order <= one.order]
        assert counts_of(progress.until(one)) == counts_of([*past, *facts_of(LEAD.id, until, where, Policy())])
        assert counts_of(progress.before(one)) == counts_of(
            [*past, *facts_of(LEAD.id, [e for e in until if e is not one], where, Policy())]
        )


def counts_of(days):
    """Without touches, which are of whole days."""
    return [(one.day, one.counts) for one in days]
