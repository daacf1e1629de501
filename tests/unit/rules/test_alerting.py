"""Which alerts follow from events, and their text: pure decisions over events in canonical order."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.base.ids import new_id
from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.domain.activity.form import FormKind
from tracker.domain.activity.visit import Dwell
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Policy
from tracker.rules.alerting.episodes import episodes_of
from tracker.rules.alerting.rules import LeadHistory, decide
from tracker.rules.alerting.text import alert_text
from tracker.rules.alerting.text_context import AlertContext
from tracker.rules.alerting.title import LONGEST_TITLE, alert_title, past_title

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
LEAD = "b" * 32


def step(kind: EventKind, seconds: float, path: str = "/", label: Label = Label.HUMAN, **more) -> Event:
    at = NOON + timedelta(seconds=seconds)
    more = {"message": "m1"} | more if kind in (EventKind.OPEN, EventKind.CLICK) else more
    url = f"https://www.acme.example{path}"
    return Event(id=new_id(), workspace="a" * 16, kind=kind, at=at, received=at, verdict=Verdict(label, 1.0), url=url, lead=LEAD, **more)


def view(seconds: float, path: str = "/", **more) -> Event:
    return step(EventKind.VIEW, seconds, path, visitor="v", page=path, **more)


def alerts(*events: Event, before: datetime | None = None, history: LeadHistory | None = None) -> list[AlertRule]:
    return [d.rule for d in decide(episodes_of(LEAD, events, {}, before), history or LeadHistory(), Policy())]


def test_someone_else_with_the_mail_alerts_loudly_once_for_a_message():
    """Also after two loud alerts; an open counts. Of another message it is news again, of a page it is not."""
    lead = [step(EventKind.CLICK, 0), view(5, "/pricing")]
    other = [step(EventKind.OPEN, 60, reader="other"), step(EventKind.CLICK, 70, reader="other"), view(71, reader="other")]
    again = [step(EventKind.CLICK, 80, message="m2", reader="other")]
    drafts = decide(episodes_of(LEAD, [*lead, *other, *again], {}, None), LeadHistory(), Policy())
    assert [(d.rule, d.cause.at.second, d.priority) for d in drafts[2:]] == [
        (AlertRule.OTHER_READER, 0, Priority.LOUD),
        (AlertRule.OTHER_READER, 20, Priority.LOUD),
    ]
    assert AlertRule.OTHER_READER not in alerts(*other, history=LeadHistory(others={"m1"}))
    assert alerts(view(0, reader="other")) == []


@pytest.mark.parametrize(
    ("company", "name", "owner", "expected"),
    [
        ("Acme", "Marcus Bell", "r", "Someone else at Acme reads your mail to Marcus Bell"),
        (None, "Marcus Bell", "r", "Someone else reads your mail to Marcus Bell"),
        ("The Very Long Company Name Limited", "Marcus Bell", "r", "Someone else reads your mail to Marcus Bell"),
        ("Acme", "Marcus Bell", None, "No owner: Someone else reads your mail to Marcus Bell"),
        ("Acme", "M" * 80, "r", f"Someone else reads your mail to {'M' * 27}…"),
    ],
)
def test_the_title_names_someone_else_and_the_lead(company: str | None, name: str, owner: str | None, expected: str):
    """At most 60 characters, in both tenses."""
    (draft,) = decide(episodes_of(LEAD, [step(EventKind.CLICK, 0, reader="other")], {}, None), LeadHistory(), Policy())
    around = context(company=company, name=name, owner=owner)
    assert alert_title(draft, around) == expected
    assert len(past_title(draft, around)) <= 60
    assert " read your mail to M" in past_title(draft, around)
    assert past_title(draft, around).endswith(", 06:00")


def test_what_someone_else_does_later_has_no_leads_name():
    """The text says whose mail it was."""
    events = [step(EventKind.CLICK, 0, reader="other"), view(10, "/pricing", reader="other")]
    drafts = decide(episodes_of(LEAD, events, {}, None), LeadHistory(others={"m1"}), Policy())
    assert [alert_title(d, context()) for d in drafts] == ["Someone else at Acme clicked Home", "Someone else at Acme is on Pricing"]
    assert alert_text(drafts[1], context()).startswith("Mail to Dana Whitfield, read by someone else at Acme. ")


def test_one_visit_makes_at_most_two_loud_alerts_and_one_for_each_form():
    """The click, the pricing page and the forms are loud; other pages change only the text."""
    events = [
        step(EventKind.OPEN, 0),
        step(EventKind.CLICK, 10),
        view(11),
        view(20, "/product"),
        view(40, "/pricing"),
        view(60, "/contact"),
    ]
    hot = view(100, "/docs")
    events += [step(EventKind.SUBMIT, 80, "/contact"), step(EventKind.SUBMIT, 90, "/trial"), hot]
    drafts = decide(episodes_of(LEAD, events, {}, None), LeadHistory(hot={hot.id}), Policy())
    assert [(d.rule, d.priority) for d in drafts] == [
        (AlertRule.FIRST_OPEN, Priority.QUIET),
        (AlertRule.CLICK, Priority.LOUD),
        (AlertRule.PRICING, Priority.LOUD),
        (AlertRule.FORM, Priority.LOUD),
        (AlertRule.FORM, Priority.LOUD),
    ]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([step(EventKind.CLICK, 0), step(EventKind.SUBMIT, 20, "/contact")], [AlertRule.CLICK, AlertRule.FORM]),
        ([view(0, "/login"), step(EventKind.SUBMIT, 20, "/login", form_kind=FormKind.SIGN_IN)], []),
        ([view(0, "/contact"), step(EventKind.SUBMIT, 20, "/contact", form_kind=FormKind.INQUIRY)], [AlertRule.FORM]),
        ([view(0, "/contact"), step(EventKind.SUBMIT, 20, "/contact", form_kind=FormKind.OFF)], []),
        ([step(EventKind.CLICK, 0), step(EventKind.CLICK, 9), view(10, "/docs")], [AlertRule.CLICK]),
        ([step(EventKind.OPEN, 0), step(EventKind.OPEN, 7200)], [AlertRule.FIRST_OPEN]),
        ([step(EventKind.CLICK, 0), step(EventKind.OPEN, 3)], [AlertRule.CLICK]),
        ([view(0, "/pricing"), view(3600, "/pricing")], [AlertRule.PRICING, AlertRule.PRICING_AGAIN]),
        ([step(EventKind.CLICK, 0, label=Label.SCANNER)], []),
        ([view(0, "/blog")], []),
    ],
    ids=[
        "form",
        "a sign-in",
        "an inquiry",
        "a form that is off",
        "second click",
        "re-open",
        "click implies open",
        "pricing again",
        "machine",
        "nothing special",
    ],
)
def test_each_rule_in_its_simplest_case(events: list[Event], expected: list[AlertRule]):
    """Events of machines and pages without a rule make no alert."""
    assert expected == alerts(*events)


@pytest.mark.parametrize(("days", "expected"), [(15, [AlertRule.BACK]), (13, [])], ids=["after two weeks", "sooner"])
def test_a_lead_that_comes_back_after_quiet_days_makes_an_alert(days: int, expected: list[AlertRule]):
    """The number of days is a setting of the workspace."""
    assert expected == alerts(view(0, "/blog"), before=NOON - timedelta(days=days))


def test_reaching_the_hot_threshold_makes_a_second_alert():
    """Hot is one of the reasons for a second loud alert."""
    hot = view(30, "/docs")
    assert alerts(step(EventKind.CLICK, 0), hot, history=LeadHistory(hot={hot.id})) == [AlertRule.CLICK, AlertRule.HOT]


def context(**more) -> AlertContext:
    values = {
        "id": LEAD,
        "workspace": "a" * 16,
        "email": "d@x.example",
        "name": "Dana Whitfield",
        "company": "Acme",
        "timezone": "America/Chicago",
        "source": "Web form",
        "owner": "r" * 32,
        "next_action": NextAction("Ask what is missing", NOON - timedelta(days=3)),
        "created_at": NOON,
        "updated_at": NOON,
    }
    lead = Lead(**values | {name: more.pop(name) for name in tuple(more) if name in values})
    kind, days = more.pop("kind", None), more.pop("sent_days_ago", 3)
    message = MessageBrief(id="m1", workspace="a" * 16, lead=LEAD, subject="Offer v2", kind=kind, sent_at=NOON - timedelta(days=days))
    rest = {
        "subjects": {"m1": "Offer v2"},
        "dwells": {("v", "/security"): Dwell(visitor="v", page="/security", active_ms=87_000)},
        "visits_today": 3,
        "stage": "Proposal Sent",
        "stage_since": NOON - timedelta(days=11),
        "score": 76,
        "change": 10,
        "zone": "America/Chicago",
        "messages": {"m1": message},
    }
    return AlertContext(lead=lead, **rest | more)


def last_draft(*events: Event):
    return decide(episodes_of(LEAD, events, {}, None), LeadHistory(), Policy())[-1]


def test_the_title_says_who_and_what_and_the_text_why_it_matters():
    """The form of an alert: occasion, source, pages, stage, next action, score, local time."""
    draft = last_draft(step(EventKind.CLICK, 0), view(5, "/security"), view(440, "/pricing"))
    assert alert_title(draft, context()) == "Dana Whitfield (Acme) is on Pricing"
    assert alert_text(draft, context()) == (
        "Third visit today, from your email “Offer v2”. Source: Web form. Read before: Security 1:27. Proposal sent 11 days ago. "
        "Next: Ask what is missing, 3 days overdue. Score 76, up 10. 06:07 in Chicago."
    )


def test_a_proposal_that_is_opened_is_named():
    """An open says which email, when it was sent, and that this is the first open."""
    draft = last_draft(step(EventKind.OPEN, 0))
    assert alert_title(draft, context(proposals={"m1"})) == "Dana Whitfield (Acme) opened your proposal"
    assert alert_text(draft, context(proposals={"m1"})).startswith("“Offer v2”, sent 3 days ago, opened for the first time. Source:")
    assert alert_title(draft, context()) == "Dana Whitfield (Acme) opened “Offer v2”"
    assert alert_text(draft, context(sent_days_ago=0)).startswith("Sent today, opened for the first time. Source:")


def test_a_form_is_an_inquiry_with_its_message():
    """The message that the lead typed comes first; without one, the page is named."""
    asked = step(EventKind.SUBMIT, 0, "/contact", visitor="v", page="p", fields={"message": "Could you call me\nabout a test?"})
    draft = last_draft(asked)
    assert alert_title(draft, context(company="Acme Foods")) == "Inquiry: Dana Whitfield (Acme Foods)"
    assert alert_text(draft, context(owner=None)).startswith(
        "“Could you call me about a test?” Form on Contact. No owner. Third visit today."
    )
    assert alert_text(last_draft(step(EventKind.SUBMIT, 0, "/contact")), context()).startswith("Form on Contact. Third visit today.")


def test_a_lead_without_an_owner_is_marked_in_the_title():
    """The team sees at once that the lead needs an owner; the company is dropped first."""
    draft = last_draft(view(0, "/pricing"))
    assert alert_title(draft, context(owner=None)) == "No owner: Dana Whitfield (Acme) is on Pricing"
    assert alert_title(draft, context(owner=None, company="Customer AG")) == "No owner: Dana Whitfield is on Pricing"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (None, "Next: Call."),
        (0, "Next: Call, due today."),
        (1, "Next: Call, due tomorrow."),
        (4, "Next: Call, due in 4 days."),
        (-1, "Next: Call, 1 day overdue."),
    ],
    ids=str,
)
def test_the_next_action_is_stated_with_its_due_time(days: int | None, expected: str):
    """As of the alert's event, so that the text does not change later."""
    due = None if days is None else NOON + timedelta(days=days)
    assert expected in alert_text(last_draft(view(0, "/pricing")), context(next_action=NextAction("Call", due)))


def test_unknown_values_are_left_out():
    """A new lead without history has a short text."""
    empty = context(source=None, timezone=None, next_action=None, visits_today=1, stage="New", stage_since=None, change=0, zone="UTC")
    assert alert_text(last_draft(view(0, "/pricing")), empty) == "Stage: New. Score 76."


@pytest.mark.parametrize("name", ["X" * 200, "Anna-Lena Freifrau von und zu Hohenstein-Waldburg", "a\r\nb\x1b[31m", "Dana"])
@pytest.mark.parametrize("path", ["/pricing", "/a-very-long-path-that-goes-on-and-on-and-on-for-ever"])
@pytest.mark.parametrize("kind", [EventKind.VIEW, EventKind.OPEN, EventKind.CLICK, EventKind.SUBMIT, EventKind.DOWNLOAD])
@pytest.mark.parametrize("owner", ["r" * 32, None], ids=["owner", "no owner"])
def test_a_title_never_exceeds_forty_five_characters_nor_breaks_a_line(name: str, path: str, kind: EventKind, owner: str | None):
    """Phones cut notifications there."""
    event = step(kind, 0, path, message="m1", visitor="v", page=path)
    episode = episodes_of(LEAD, [event], {}, NOON - timedelta(days=30))
    for draft in decide(episode, LeadHistory(hot={event.id}), Policy()):
        for title in (alert_title(draft, context(name=name, owner=owner)), past_title(draft, context(name=name, owner=owner))):
            assert 0 < len(title) <= LONGEST_TITLE
            assert title.isprintable()
            assert title.count("“") == title.count("”")


def test_the_title_keeps_the_cause_and_the_text_names_the_latest_page():
    """A later page does not replace the page that made the alert."""
    events = [view(0, "/pricing"), view(60, "/docs"), view(90, "/security")]
    [draft] = decide(episodes_of(LEAD, events, {}, None), LeadHistory(), Policy())

    assert alert_title(draft, context()) == "Dana Whitfield (Acme) is on Pricing"
    assert alert_text(draft, context()).startswith("Latest: Security. ")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (view(0, "/pricing"), "Dana Whitfield (Acme) was on Pricing, 06:00"),
        (step(EventKind.CLICK, 0, "/docs"), "Dana Whitfield (Acme) clicked Docs, 06:00"),
        (step(EventKind.OPEN, 0), "Dana Whitfield opened “Offer v2”, 06:00"),
        (step(EventKind.SUBMIT, 0, "/contact"), "Inquiry: Dana Whitfield (Acme), 06:00"),
    ],
    ids=["view", "click", "open", "form"],
)
def test_the_title_for_later_is_in_the_past_tense_with_the_time_of_the_cause(event: Event, expected: str):
    """In the lead's time zone."""
    [draft] = decide(episodes_of(LEAD, [event], {}, None), LeadHistory(), Policy())

    assert past_title(draft, context()) == expected
