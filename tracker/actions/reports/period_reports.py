"""Reports over a period, by name. Used by the API and the console."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.actions.deps import Deps
from tracker.actions.reports.patient_list import PatientList
from tracker.actions.reports.report_facts import report_facts
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.rules.reports.catalogue import METRICS, Metric
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record, Report, narrowed, report_of
from tracker.rules.reports.sale_metrics import Return, returns
from tracker.rules.visibility import Viewer

_USUAL_DAYS = 30
_MOST_DAYS = 3_660
_OF_REPS = {Group.REP, Group.OWNER}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestion:
    """What a reader asks. `first` is included, `end` is not; by default the last 30 days with today."""

    name: str
    first: date | None = None
    end: date | None = None
    group: Group | None = None
    filters: Mapping[Group, str | None]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The report with all that it was made from."""

    metric: Metric
    period: Period
    group: Group
    facts: ReportFacts
    records: list[Record]

    @property
    def report(self) -> Report:
        """The figures."""
        return report_of(self.facts, self.records, self.group, is_share=self.metric.is_share)


def answer(deps: Deps, viewer: Viewer, question: ReportQuestion, facts: ReportFacts | None = None) -> Answer:
    """The report. `facts`: if they were read before. Raises NotFound, Invalid for an impossible period, Forbidden for figures per rep."""
    metric = METRICS.get(question.name)
    if metric is None:
        raise NotFound("no such report")
    group = question.group or _usual_group(viewer, metric)
    if not viewer.workspace.policy.rep_figures and _OF_REPS & {group, *question.filters}:
        raise Forbidden("figures per rep are off; an admin can switch them on")
    known = facts or report_facts(deps, viewer, as_of=question.as_of)
    period = period_of(known, question.first, question.end)
    records = PatientList(narrowed(known, metric.make(known, period), question.filters))
    return Answer(metric, period, group, known, records)


def _usual_group(viewer: Viewer, metric: Metric) -> Group:
    return Group.SOURCE if metric.group in _OF_REPS and not viewer.workspace.policy.rep_figures else metric.group


def period_of(facts: ReportFacts, first: date | None, end: date | None) -> Period:
    """The period asked for. Raises Invalid."""
    last = end or facts.today + timedelta(days=1)
    begin = first or last - timedelta(days=_USUAL_DAYS)
    if not begin < last:
        raise Invalid("to", "must be after the first day; it is not included itself")
    if (last - begin).days > _MOST_DAYS:
        raise Invalid("from", f"must be at most {_MOST_DAYS:,} days before the end")
    return Period(begin, last)


def returns_of(
    deps: Deps, viewer: Viewer, first: date | None, end: date | None, *, as_of: datetime | None = None
) -> tuple[ReportFacts, Period, list[Return]]:
    """What each source cost and brought. Raises Invalid."""
    facts = report_facts(deps, viewer, as_of=as_of)
    period = period_of(facts, first, end)
    return facts, period, returns(facts, period)
