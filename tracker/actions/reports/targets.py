"""Targets of teams: add, remove, and how far each is reached. Used by console and API."""

from dataclasses import dataclass

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.actions.reports.report_view import report_view
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.reports.target import Target
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.named_periods import chosen_period
from tracker.rules.reports.records import Group
from tracker.rules.visibility import Viewer, may_see_team_figures

MOST_TARGETS = 200
MEASURES = ("count", "amount")
PERIODS = ("month", "quarter", "year")
TARGETED = ("leads-added", "won", "sales")
"""Reports that have targets: of their totals, more is better."""
_HIGHEST = 10**15


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """A target with the figure of the present period."""

    target: Target
    figure: int


def add_target(deps: Deps, workspace: str, *, report: str, measure: str, period: str, value: int, team: str | None = None) -> Target:
    """Adds a target. Raises Invalid; Conflict beyond `MOST_TARGETS`."""
    here = deps.store.of(workspace).targets
    known = deps.store.workspaces.get(workspace)
    checks.one_of("report", report, TARGETED)
    if checks.one_of("measure", measure, MEASURES) not in METRICS[report].shows:
        raise Invalid("measure", "must be count: this report has no amounts")
    checks.one_of("period", period, PERIODS)
    if not 0 < value <= _HIGHEST:
        raise Invalid("value", f"must be above 0 and at most {_HIGHEST:,}")
    if team is not None and team not in {one.id for one in known.teams}:
        raise Invalid("team", "must be a team of this workspace")
    if here.count() >= MOST_TARGETS:
        raise Conflict(f"there are {MOST_TARGETS} targets already; delete some of them first")
    made = Target(
        id=new_id(), workspace=workspace, report=report, measure=measure, period=period, value=value, team=team, created_at=deps.now()
    )
    return here.add(made)


def remove_target(deps: Deps, workspace: str, target: str) -> Target:
    """Deletes a target; returns it. Raises NotFound."""
    here = deps.store.of(workspace).targets
    old = here.get(target)
    here.remove(target)
    return old


def targets_of(deps: Deps, viewer: Viewer) -> list[TargetProgress]:
    """The targets of which the viewer sees the whole figure, oldest first: figure and target, no pro rata."""
    found = [one for one in deps.store.of(viewer.workspace.id).targets.all() if may_see_team_figures(viewer, one.team)]
    if not found:
        return []
    view = report_view(deps, viewer)
    return [TargetProgress(one, _figure(deps, viewer, view, one)) for one in found]


def _figure(deps: Deps, viewer: Viewer, view: View, target: Target) -> int:
    period = chosen_period(target.period, view.facts.today)
    filters = {Group.TEAM: target.team} if target.team else {}
    asked = ReportQuestion(name=target.report, first=period.first, end=period.end, filters=filters)
    total = answer(deps, viewer, asked, view).report.total
    return total.amount if target.measure == "amount" else total.count
