"""The response time to inquiries."""

from collections.abc import Iterator
from datetime import timedelta

from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

WITHIN_MS = 300_000
"""Five minutes."""


def response_time(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Inquiries of the period that were answered, or are open for longer than five minutes; hits were answered within five minutes."""
    for lead in facts.leads:
        for one in lead.inquiries:
            if one.withdrawn_at is not None or one.at > facts.now or not period.holds(facts.day(one.at)):
                continue
            is_answered = one.answered_at is not None and one.answered_at <= facts.now
            if not is_answered and facts.now - one.at <= timedelta(milliseconds=WITHIN_MS):
                continue
            ms = one.elapsed_ms if is_answered else None
            working = one.working_ms if is_answered else None
            is_hit = ms is not None and ms <= WITHIN_MS
            yield Record(id=one.id, lead=lead, own={Group.REP: one.owner}, is_hit=is_hit, ms=ms, working_ms=working)
