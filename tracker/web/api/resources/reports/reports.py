"""/reports/<name>: sources, stages, activity."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from tracker.actions.reports import reports as actions
from tracker.base.errors import Forbidden, NotFound
from tracker.rules.visibility import may_see_report, scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.reports.reports import ReportOut, ReportQuery, ReportRow

operations = Operations()


@operations.add("GET", "/reports/{name}", query=ReportQuery, response=ReportOut)
def get_report(call: Call, name: str, query: ReportQuery) -> ReportOut:
    """Returns the report `sources`, `stages` or `activity` over the last days."""
    make = _REPORTS.get(name)
    if make is None:
        raise NotFound("no such report")
    if not may_see_report(call.viewer, name):
        raise Forbidden("only reps who see all leads may read this report")
    rows = [ReportRow(**asdict(row)) for row in make(call, query.days)]
    return ReportOut(name=name, days=query.days, items=rows)


def _sources(call: Call, _: int) -> Iterable[Any]:
    return actions.sources(call.deps, call.workspace.id, visible_to=scope(call.viewer))


def _stages(call: Call, days: int) -> Iterable[Any]:
    return actions.stages(call.deps, call.workspace.id, days=days, visible_to=scope(call.viewer))


def _activity(call: Call, days: int) -> Iterable[Any]:
    return actions.activity(call.deps, call.workspace.id, days=days)


_REPORTS: dict[str, Callable[[Call, int], Iterable[Any]]] = {"sources": _sources, "stages": _stages, "activity": _activity}
