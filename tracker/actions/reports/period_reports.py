"""Reports over a period, by name. Used by the API and the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from tracker.actions.deps import Deps
from tracker.actions.leads.lists import query_of_list, visible_list
from tracker.actions.reports.report_view import report_view
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.rules.reports.catalogue import METRICS, Metric
from tracker.rules.reports.columns.catalogue import COUNTED
from tracker.rules.reports.columns.counting import narrowed, report_of
from tracker.rules.reports.columns.rows import RecordList, Rows
from tracker.rules.reports.columns.sale_rows import returns
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.named_periods import chosen_period
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record, Report
from tracker.rules.reports.sale_metrics import Return
from tracker.rules.visibility import Viewer, scope

_USUAL_DAYS = 30
_MOST_DAYS = 3_660
_MORE = 1_000
"""Leads that may be added while a list is read."""
_OF_REPS = {Group.REP, Group.OWNER}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestion:
    """What a reader asks. `first` is included, `end` is not; by default the last 30 days with today. `period`: by name, in place of both."""

    name: str
    first: date | None = None
    end: date | None = None
    period: str = ""
    group: Group | None = None
    filters: Mapping[Group, str | None]
    as_of: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """The report with all that it was made from."""

    viewer: Viewer
    metric: Metric
    period: Period
    group: Group
    view: View
    rows: Rows

    @property
    def facts(self) -> ReportFacts:
        """What the report was made with besides leads."""
        return self.view.facts

    @cached_property
    def report(self) -> Report:
        """The figures."""
        return report_of(self.view, self.rows, self.group, is_share=self.metric.is_share)

    @cached_property
    def records(self) -> Sequence[Record]:
        """What was counted, by the ids of leads; each is made when it is asked for."""
        return RecordList(self.rows.of_customers())

    @cached_property
    def seen(self) -> Sequence[Record]:
        """Those records that the viewer may see one by one: without visits by browsers of no lead where the viewer sees some leads only."""
        if scope(self.viewer) is None:
            return self.records
        rows = self.rows.of_customers()
        return RecordList(rows.only(~rows.tables.leads["is_day"][rows.lead]))

    @cached_property
    def of_leads(self) -> Sequence[Record]:
        """Those records whose leads are known and still there."""
        rows = self.rows.of_customers()
        leads = rows.tables.leads
        return RecordList(rows.only(~(leads["erased"] | leads["is_day"])[rows.lead]))

    @cached_property
    def unnamed(self) -> int:
        """How many records are visits by browsers of no lead."""
        return int(self.view.tables.leads["is_day"][self.rows.lead].sum())

    @cached_property
    def refunds(self) -> int:
        """How many records are in the amount and not in the number."""
        counted = self.rows.of_customers().counted
        return 0 if counted is None else int((~counted).sum())


def answer(deps: Deps, viewer: Viewer, question: ReportQuestion, view: View | None = None) -> Answer:
    """The report. `view`: if it was made before. Raises NotFound, Invalid for an impossible period, Forbidden for figures per rep."""
    metric = METRICS.get(question.name)
    if metric is None:
        raise NotFound("no such report")
    group = question.group or _usual_group(viewer, metric)
    if group is Group.LIST:
        raise Invalid("group", "cannot be a list; it is a filter")
    if not viewer.workspace.policy.rep_figures and _OF_REPS & {group, *question.filters}:
        raise Forbidden("figures per rep are off; an admin can switch them on")
    seen = view or report_view(deps, viewer, as_of=question.as_of)
    period = chosen_period(question.period, seen.facts.today) if question.period else period_of(seen.facts, question.first, question.end)
    filters = {one: _present_source(seen.facts, key) if one is Group.SOURCE else key for one, key in question.filters.items()}
    chosen = filters.pop(Group.LIST, None)
    rows = narrowed(seen, COUNTED[question.name](seen, period), filters)
    return Answer(viewer, metric, period, group, seen, rows.only(_in_list(deps, viewer, seen, chosen)[rows.lead]) if chosen else rows)


def _present_source(facts: ReportFacts, key: str | None) -> str | None:
    """The name that leads have of the source with this id or former name."""
    return facts.sources.get(key, facts.former_sources.get(key, key)) if key else None


def _in_list(deps: Deps, viewer: Viewer, view: View, key: str) -> Array:
    """Which leads a list has now, of those that the viewer sees. Raises NotFound."""
    query = query_of_list(deps, viewer, visible_list(deps, viewer, key))
    return view.tables.rows_of(deps.store.of(viewer.workspace.id).leads.ids_of(query, most=len(view.tables) + _MORE))


def answer_before(deps: Deps, viewer: Viewer, question: ReportQuestion, found: Answer) -> Answer:
    """The same for the period that the answer's is compared with."""
    former = found.period.before()
    return answer(deps, viewer, replace(question, period="", first=former.first, end=former.end), found.view)


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
    deps: Deps, viewer: Viewer, first: date | None, end: date | None, *, period: str = "", as_of: datetime | None = None
) -> tuple[ReportFacts, Period, list[Return]]:
    """What each source cost and brought. Raises Invalid."""
    view = report_view(deps, viewer, as_of=as_of)
    days = chosen_period(period, view.facts.today) if period else period_of(view.facts, first, end)
    return view.facts, days, returns(view, days)
