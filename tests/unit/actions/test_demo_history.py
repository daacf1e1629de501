"""The demo's month of history: a pure function of a seed and a moment."""

import collections
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.demo_data.context import DemoContext, InstrumentedEmail
from tracker.demo_data.email_templates import EMAIL_TEMPLATES
from tracker.demo_data.history import history_of
from tracker.demo_data.people import LEADS, REPS
from tracker.demo_data.scenarios import VISIT_PATTERNS
from tracker.demo_data.values import History
from tracker.demo_data.working_days import Workdays
from tracker.domain.activity.event import EventKind, Label
from tracker.domain.mail.message import Link
from tracker.domain.pipeline.move import standing_stage

ORIGIN = "http://localhost:8082"
MOMENTS = [
    datetime(2026, 10, 14, 9, 30, tzinfo=UTC),
    datetime(2026, 10, 18, 3, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 59, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 6, 12, 22, 10, tzinfo=UTC),
]


def made_at(now: datetime, seed: int = 7) -> History:
    def instrument(_lead, _rep, message, _subject, html) -> InstrumentedEmail:
        urls = [part.split('"')[0] for part in html.split('href="')[1:]]
        links = tuple(Link(index=n, url=url, tracked_url=f"https://edge/{message}/{n}") for n, url in enumerate(urls))
        return InstrumentedEmail(html, "", "https://edge/o.gif", links)

    return history_of(DemoContext("ab" * 8, "cd" * 8, ORIGIN, Workdays(now), instrument, seed))


def test_the_same_seed_and_moment_make_the_same_month():
    """A demo can be made again, to the byte."""
    assert made_at(MOMENTS[0]) == made_at(MOMENTS[0])
    assert made_at(MOMENTS[0]) != made_at(MOMENTS[0], seed=8)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_three_reps_and_forty_leads_stand_over_all_stages(now: datetime):
    """Whenever the demo is made, its pipeline looks as it was cast."""
    month = made_at(now)

    assert len(REPS) == len(month.reps) == 3
    assert len(month.leads) == 40
    assert [part.stage for part in LEADS] == [lead.stage for lead in month.leads]
    assert len({lead.stage for lead in month.leads}) == 7
    assert {lead.owner for lead in month.leads} == {None, *(rep.id for rep in month.reps)}


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_nothing_lies_in_the_future(now: datetime):
    """The newest event is 25 minutes old; only next actions have days to come."""
    month = made_at(now)
    limit = now - timedelta(minutes=25)
    past = [event.at for event in month.events] + [lead.updated_at for lead in month.leads] + [task.created_at for task in month.tasks]
    past += [message.sent_at for message in month.messages] + [move.at for move in month.moves] + [note.at for note in month.notes]

    assert max(past) <= limit
    assert max(dwell.last_at for dwell in month.dwells) <= now
    assert min(past) > now - timedelta(days=45)
    assert any(lead.next_action and lead.next_action.due > now for lead in month.leads)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_each_lead_s_story_is_in_order(now: datetime):
    """No email is opened before it is sent; moves and causes are in time order."""
    month = made_at(now)
    sent = {message.id: message.sent_at for message in month.messages}
    born = {lead.id: lead.created_at for lead in month.leads}

    assert all(event.at >= sent[event.message] for event in month.events if event.message)
    assert all(event.at >= born[event.lead] for event in month.events if event.lead)
    for lead in month.leads:
        moves = [move for move in month.moves if move.lead == lead.id]
        assert moves == sorted(moves, key=lambda move: move.at)
        if moves and lead.stage in ("Won", "Lost", "Negotiation"):
            assert standing_stage(moves, "New") == lead.stage
    assert all(lead.lost_reason for lead in month.leads if lead.stage == "Lost")
    assert {sale.lead for sale in month.sales} == {lead.id for lead in month.leads if lead.stage == "Won"}


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_reps_work_in_their_hours_and_zones(now: datetime):
    """Mails go out on working days between eight and six, where the rep is."""
    month = made_at(now)
    zones = {rep.id: ZoneInfo(rep.timezone) for rep in month.reps}
    for message in month.messages:
        local = message.sent_at.astimezone(zones[message.rep])
        assert local.weekday() < 5
        assert 8 <= local.hour < 18


def test_all_records_have_ids_of_their_own():
    """Nothing is lost by two records that share an id."""
    month = made_at(MOMENTS[0])
    for records in (
        month.leads,
        month.companies,
        month.messages,
        month.notes,
        month.tasks,
        month.sales,
        month.moves,
        month.events,
        month.reps,
    ):
        assert len({record.id for record in records}) == len(records)
        assert all(len(record.id) == 32 and int(record.id, 16) for record in records)


def test_machines_are_told_from_people():
    """Scanners' clicks and Apple's picture loading are there, and do not count; Gmail's proxy counts."""
    month = made_at(MOMENTS[0])
    labels = collections.Counter((event.kind, event.verdict.label) for event in month.events)

    assert labels[EventKind.OPEN, Label.PREFETCH] > 5
    assert labels[EventKind.CLICK, Label.SCANNER] > 5
    assert labels[EventKind.OPEN, Label.PROXY] > 5
    assert labels[EventKind.CLICK, Label.HUMAN] > 15
    assert labels[EventKind.SUBMIT, Label.HUMAN] > 4


def test_landings_name_clicks_that_led_to_that_page():
    """What binds a browser to a lead is a person's click on that very page's link, a moment before."""
    month = made_at(MOMENTS[0])
    events = {event.id: event for event in month.events}

    assert len(month.claims) > 15
    for claim in month.claims:
        landing, click = events[claim.event], events[claim.click]
        assert landing.landing == click.id
        assert landing.url == click.url
        assert click.stands
        assert timedelta(0) < landing.at - click.at < timedelta(seconds=2)


def test_every_template_and_visit_pattern_of_the_scenarios_exists():
    """The tables fit together."""
    for template in EMAIL_TEMPLATES.values():
        assert template.link in template.links
        assert all(template.landing_pattern(pattern)[0].path in template.links for pattern in VISIT_PATTERNS.values())
