"""How useful alerts were."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

_IN_TIME = timedelta(hours=24)


def alert_usefulness(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Alerts about leads of the period; hits were useful.

    The last button that was pressed decides; without one, an alert that was acted on was useful.
    """
    for lead in facts.leads:
        for one in lead.alerts:
            if one.at > facts.now or not period.holds(facts.day(one.at)):
                continue
            is_rated = one.rated_at is not None and one.rated_at <= facts.now
            is_acted = one.acted_at is not None and one.acted_at <= facts.now
            own = {Group.RULE: one.rule, Group.REP: one.rep}
            yield Record(id=one.id, lead=lead, own=own, is_hit=one.is_useful if is_rated else is_acted)


def acted_at(at: datetime, taken_at: datetime | None, done: Iterable[datetime]) -> datetime | None:
    """When an alert was taken, or the first that its recipient did about the lead within 24 hours; None: neither."""
    in_time = [moment for moment in done if at <= moment <= at + _IN_TIME]
    return min([*in_time, *([taken_at] if taken_at else [])], default=None)
