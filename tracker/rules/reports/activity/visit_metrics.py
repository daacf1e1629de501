"""Visits per week, named and unnamed."""

from collections.abc import Iterator
from datetime import date, timedelta

from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

NAMED, UNNAMED = "named", "unnamed"


def week_of(day: date) -> str:
    """The Monday of its week, as an ISO date."""
    return (day - timedelta(days=day.weekday())).isoformat()


def visits(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Visits that began in the period. Their source is where they came from, since visitors without a lead have no other."""
    for lead in facts.leads:
        for one in lead.visits:
            day = facts.day(one.at)
            if one.at > facts.now or not period.holds(day):
                continue
            own = {
                Group.WEEK: week_of(day),
                Group.SOURCE: one.origin,
                Group.LANDING: one.landing,
                Group.KIND: NAMED if one.is_named else UNNAMED,
            }
            yield Record(id=one.id, lead=lead, own=own, is_named=one.is_named)
