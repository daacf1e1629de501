"""/reports/<name>: figures over a period with the records behind them; and sources, stages, activity of the last days."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from tracker.actions.reports import reports as actions
from tracker.actions.reports.labels import labels_of
from tracker.actions.reports.period_reports import Answer, ReportQuestion, answer, answer_before, returns_of
from tracker.base.errors import Forbidden, Invalid, NotFound
from tracker.rules.reports.records import Group
from tracker.rules.visibility import may_see_report, scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, part_of
from tracker.web.api.schemas.reports.reports import (
    Asked,
    RecordsQuery,
    ReportFigure,
    ReportOut,
    ReportQuery,
    ReportRecord,
    ReportRow,
    figure_values,
    record_out,
)

operations = Operations()


@operations.add("GET", "/reports/{name}", query=ReportQuery, response=ReportOut)
def get_report(call: Call, name: str, query: ReportQuery) -> ReportOut:
    """Returns a report over a period; or `sources`, `stages` or `activity` over the last days."""
    make = _REPORTS.get(name)
    if make is None:
        return _returns(call, query) if name == "roi" else _period_report(call, name, query)
    if not may_see_report(call.viewer, name):
        raise Forbidden("only reps who see all leads may read this report")
    rows = [ReportRow(**asdict(row)) for row in make(call, query.days)]
    return ReportOut(name=name, days=query.days, items=rows)


@operations.add("GET", "/reports/{name}/records", query=RecordsQuery, response=List[ReportRecord])
def list_report_records(call: Call, name: str, query: RecordsQuery) -> List[ReportRecord]:
    """Lists exactly the records that a figure of a report counts, without `unnamed` visits for who does not see all leads."""
    if name in _REPORTS or name == "roi":
        raise NotFound("this report has no records")
    found = _answer(call, name, query)
    shown, following = part_of(found.seen, query)
    return List[ReportRecord](items=[record_out(found, one) for one in shown], next=following)


def _answer(call: Call, name: str, query: Asked) -> Answer:
    return answer(call.deps, call.viewer, _question(name, query))


def _question(name: str, query: Asked) -> ReportQuestion:
    if query.period and (query.first or query.end):
        raise Invalid("period", "is given in place of from and to")
    return ReportQuestion(
        name=name,
        first=query.first,
        end=query.end,
        period=query.period or "",
        group=Group(query.group) if query.group else None,
        filters=query.filters,
        as_of=query.as_of,
    )


def _period_report(call: Call, name: str, query: ReportQuery) -> ReportOut:
    found = _answer(call, name, query)
    made, labels = found.report, labels_of(call.store, found)
    before = answer_before(call.deps, call.viewer, _question(name, query), found).report.total if query.compare else None
    return ReportOut(
        name=name,
        days=found.period.days,
        first=found.period.first,
        end=found.period.end,
        group=found.group.value,
        currency=found.facts.currency,
        total=ReportFigure(**figure_values(made.total)),
        before=ReportFigure(**figure_values(before)) if before else None,
        items=[ReportRow(key=key, label=labels.get(key, key), **figure_values(figure)) for key, figure in made.items],
    )


def _returns(call: Call, query: ReportQuery) -> ReportOut:
    if not may_see_report(call.viewer, "roi"):
        raise Forbidden("only reps who see all leads may read this report")
    facts, period, found = returns_of(call.deps, call.viewer, query.first, query.end, period=query.period or "", as_of=query.as_of)
    rows = [
        ReportRow(
            key=one.source,
            label=one.source,
            cost_to_win=one.cost_to_win,
            cost_to_keep=one.cost_to_keep,
            amount=one.sales,
            repeat_sales=one.repeat_sales,
        )
        for one in found
    ]
    return ReportOut(name="roi", days=period.days, first=period.first, end=period.end, group="source", currency=facts.currency, items=rows)


def _sources(call: Call, _: int) -> Iterable[Any]:
    return actions.sources(call.deps, call.workspace.id, visible_to=scope(call.viewer))


def _stages(call: Call, days: int) -> Iterable[Any]:
    return actions.stages(call.deps, call.workspace.id, days=days, visible_to=scope(call.viewer))


def _activity(call: Call, days: int) -> Iterable[Any]:
    return actions.activity(call.deps, call.workspace.id, days=days)


_REPORTS: dict[str, Callable[[Call, int], Iterable[Any]]] = {"sources": _sources, "stages": _stages, "activity": _activity}
