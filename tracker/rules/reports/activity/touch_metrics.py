"""What leads did, and what was done, in the 90 days before their first win."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from tracker.rules.reports.facts import ReportFacts, ReportLead
from tracker.rules.reports.history import closings
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record
from tracker.rules.scoring.touch_lines import BEFORE, TouchFact

MOST_KEYS = 200
"""Pages that are told apart: those before most wins."""


def touches_before_win(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """One record for each lead whose first win is in the period, and each kind of touch; hits had one."""
    return _before(facts, period, Group.TOUCH, lambda one: one.kind)


def pages_before_win(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """The same by page viewed."""
    return _before(facts, period, Group.PAGE, lambda one: one.page)


def _before(facts: ReportFacts, period: Period, group: Group, key: Callable[[TouchFact], str | None]) -> Iterator[Record]:
    won = [(lead, _counts(facts, lead, period, key)) for lead in facts.leads]
    found = [(lead, counts) for lead, counts in won if counts is not None]
    for one in _most(Counter(one for _, counts in found for one in counts)):
        for lead, counts in found:
            yield Record(id=lead.id, lead=lead, own={group: one}, is_hit=one in counts, number=counts.get(one))


def _counts(facts: ReportFacts, lead: ReportLead, period: Period, key: Callable[[TouchFact], str | None]) -> Mapping[str, int] | None:
    """The number of touches before the first win by key; None: it is not in the period."""
    wins = closings(facts, lead, "won")
    if not wins or not period.holds(facts.day(wins[0].at)):
        return None
    at = wins[0].at
    return Counter(found for one in lead.touches if at - BEFORE <= one.at <= at and (found := key(one)) is not None)


def _most(wins: Mapping[str, int]) -> list[str]:
    return sorted(wins, key=lambda one: (-wins[one], one))[:MOST_KEYS]
