"""Reactions to messages, and what campaigns led to."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tracker.rules.reports.activity.visit_metrics import week_of
from tracker.rules.reports.activity_facts import MailFact
from tracker.rules.reports.facts import ReportFacts, ReportLead
from tracker.rules.reports.history import closings
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

OPENED, CLICKED, VISITED, REPLIED, WON = "opened", "clicked", "visited", "replied", "won"
OUTCOMES = (OPENED, CLICKED, VISITED, REPLIED, WON)
WITHIN = timedelta(days=30)
"""How long after a message of a campaign something counts for it."""


def opened(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Messages with a pixel that were sent in the period; hits were opened by a person."""
    for lead, one in _sent(facts, period):
        if one.has_pixel:
            yield _reaction(facts, lead, one, one.opened_at, one.any_opened_at)


def clicked(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Messages with a tracked link that were sent in the period; hits were clicked by a person."""
    for lead, one in _sent(facts, period):
        if one.has_link:
            yield _reaction(facts, lead, one, one.clicked_at, one.any_clicked_at)


def visited(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """The same; hits led to a page view."""
    for lead, one in _sent(facts, period):
        if one.has_link:
            yield _reaction(facts, lead, one, one.visited_at, None)


def _sent(facts: ReportFacts, period: Period) -> Iterator[tuple[ReportLead, MailFact]]:
    for lead in facts.leads:
        for one in lead.mails:
            if one.sent_at <= facts.now and period.holds(facts.day(one.sent_at)):
                yield lead, one


def _own(facts: ReportFacts, one: MailFact) -> dict[Group, str | None]:
    return {Group.WEEK: week_of(facts.day(one.sent_at)), Group.CAMPAIGN: one.campaign, Group.REP: one.rep}


def _reaction(facts: ReportFacts, lead: ReportLead, one: MailFact, at: datetime | None, any_at: datetime | None) -> Record:
    is_hit = at is not None and at <= facts.now
    is_automatic = not is_hit and any_at is not None and any_at <= facts.now
    return Record(id=one.id, lead=lead, own=_own(facts, one), is_hit=is_hit, is_automatic=is_automatic)


def campaign_success(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Messages of campaigns that were sent in the period, with what followed within 30 days by now."""
    for lead in facts.leads:
        if not any(one.campaign for one in lead.mails):
            continue
        wins = _won_by(facts, lead)
        for one in lead.mails:
            if one.campaign and one.sent_at <= facts.now and period.holds(facts.day(one.sent_at)):
                yield Record(id=one.id, lead=lead, own=_own(facts, one), outcomes=tuple(_outcomes(facts, one, wins)))


def _outcomes(facts: ReportFacts, one: MailFact, wins: set[str]) -> Iterator[str]:
    moments = {OPENED: one.opened_at, CLICKED: one.clicked_at, VISITED: one.visited_at, REPLIED: one.replied_at}
    for name, at in moments.items():
        if at is not None and at <= min(facts.now, one.sent_at + WITHIN):
            yield name
    if one.id in wins:
        yield WON


def _won_by(facts: ReportFacts, lead: ReportLead) -> set[str]:
    """The messages before wins: of each campaign the last one, so that a win counts once for it."""
    found = set[str]()
    for win in closings(facts, lead, "won"):
        last = {one.campaign: one.id for one in lead.mails if one.campaign and one.sent_at <= win.at <= one.sent_at + WITHIN}
        found |= set(last.values())
    return found
