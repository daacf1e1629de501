"""Finds figures that left their usual range in the last week, once for all who see the same leads, and alerts managers and admins.

Called by the schedule; the weekly mail and the page of reports read what was found.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from tracker.actions.deps import Deps
from tracker.actions.each_workspace import in_each, paced
from tracker.actions.reports.period_reports import Answer, ReportQuestion, answer
from tracker.actions.reports.report_view import report_view
from tracker.actions.reports.warnings.figure_alerts import alert_about
from tracker.base.ids import id_of
from tracker.base.time_zones import zone_of
from tracker.domain.reports.figure_warning import WeekWarnings
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period
from tracker.rules.reports.warnings.figures import REPORTS, Measured, WatchedReport, periods_of, warnings_of
from tracker.rules.reports.warnings.usual_range import FEWEST_COUNTED
from tracker.rules.visibility import Owners, Viewer, scope
from tracker.store.store import WorkspaceStore

MOST = 12
"""Warnings of one week."""
_WEEK = timedelta(days=7)
_REMEMBERED = timedelta(days=60)


def find_warnings(deps: Deps, now: datetime) -> None:
    """Looks at the last week of each workspace, unless that was done. Raises PyMongoError."""
    in_each((one for one in paced(deps) if not one.is_demo), lambda one: _find_in(deps, one, now))


def _find_in(deps: Deps, workspace: Workspace, now: datetime) -> None:
    told: dict[Owners | None, list[Rep]] = {}
    for rep in deps.store.of(workspace.id).reps.active():
        if rep.role is not Role.REP:
            told.setdefault(scope(Viewer(workspace, rep)), []).append(rep)
    for reps in told.values():
        _look(deps, workspace, reps, monday_in(workspace, now))


def monday_in(workspace: Workspace, now: datetime) -> date:
    """The Monday of the present week, by the clock of the workspace."""
    today = now.astimezone(zone_of(workspace.timezone)).date()
    return today - timedelta(days=today.weekday())


def known_warnings(here: WorkspaceStore, viewer: Viewer, monday: date) -> WeekWarnings | None:
    """What was found for those who see the same leads as the viewer, about the week before this Monday."""
    return here.week_warnings.find(_id_of(viewer, monday))


def _look(deps: Deps, workspace: Workspace, reps: list[Rep], monday: date) -> None:
    here, viewer = deps.store.of(workspace.id), Viewer(workspace, reps[0])
    if known_warnings(here, viewer, monday) is not None:
        return
    is_small = here.leads.count(limit=FEWEST_COUNTED) < FEWEST_COUNTED
    found = [] if is_small else warnings_of(_measured(deps, viewer, monday), workspace.stages)[:MOST]
    before = known_warnings(here, viewer, monday - _WEEK)
    old = {(one.figure, one.is_below) for one in before.warnings} if before else set()
    # Alerts before the document: if the process is killed between the two, the next run finds the same and makes no alert twice.
    alert_about(deps, workspace, reps, [one for one in found if (one.figure, one.is_below) not in old], monday)
    week = WeekWarnings(id=_id_of(viewer, monday), workspace=workspace.id, monday=monday, warnings=tuple(found), at=deps.now())
    here.week_warnings.add_once(week)
    here.week_warnings.forget(monday - _REMEMBERED)


def _measured(deps: Deps, viewer: Viewer, monday: date) -> dict[str, Measured]:
    view, found = report_view(deps, viewer), dict[str, Measured]()
    for report in REPORTS:
        periods = periods_of(report, monday)
        reports = [_answer(deps, viewer, view, report, period).report for period in periods]
        found[report.name] = Measured(periods, [one.total for one in reports], [dict(one.items) for one in reports])
    return found


def _answer(deps: Deps, viewer: Viewer, view: View, report: WatchedReport, period: Period) -> Answer:
    """The report as it was when the period ended: an old period would otherwise have had more time for later steps."""
    as_of = datetime.combine(period.end, time(), view.facts.zone).astimezone(UTC)
    then = View(view.tables, replace(view.facts, now=as_of, is_past=True), scope(viewer))
    asked = ReportQuestion(name=report.name, first=period.first, end=period.end, group=report.group, filters={})
    return answer(deps, viewer, asked, then)


def _id_of(viewer: Viewer, monday: date) -> str:
    owners = scope(viewer)
    return id_of(viewer.workspace.id, "warnings", monday.isoformat(), *_names(owners))


def _names(owners: Iterable[str | None] | None) -> list[str]:
    return ["all"] if owners is None else sorted(owner or "none" for owner in owners)
