"""Makes the weekly mail of a rep from the reports as that rep sees them. Called by `weekly_mail`."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from tracker.actions.deps import Deps
from tracker.actions.leads import lists
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.actions.reports.report_view import report_view
from tracker.actions.reports.warnings.week_warnings import known_warnings
from tracker.base.time_zones import zone_of
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.condition import Condition, ConditionGroup, ConditionTerm
from tracker.rules.conditions.fields import Comparison
from tracker.rules.pipeline.today import BY_NAME, today_query
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Figure, Group
from tracker.rules.reports.weekly.content import FIGURES, WeeklyContent, WeeklyLine, WeeklyRow, WeeklySection, rows_of
from tracker.rules.visibility import Viewer, scope
from tracker.store.leads.lead_query import LeadQuery

MOST_TEAMS = 6
"""Teams of a manager that have a section of their own."""
_WEEK = timedelta(days=7)
_MOST = 10_000
_BLOCKS = (
    ("inquiries", "inquiry without first contact", "inquiries without first contact"),
    ("new", "lead new for over 24 hours, without contact", "leads new for over 24 hours, without contact"),
)
_OPEN = ConditionTerm("stage_kind", Comparison.IS, "open")


def weekly_content(deps: Deps, workspace: Workspace, rep: Rep, monday: date) -> WeeklyContent:
    """The mail about the week before this Monday. Raises PyMongoError."""
    viewer, period = Viewer(workspace, rep), Period(monday - _WEEK, monday)
    zone = zone_of(workspace.timezone)
    now, view = deps.now().astimezone(zone), report_view(deps, viewer)
    return WeeklyContent(
        company=workspace.name,
        period=period,
        sections=[WeeklySection(title, _rows(deps, viewer, view, period, filters)) for title, filters in _parts(viewer)],
        warnings=_warnings(deps, viewer, monday),
        actions=list(_actions(deps, viewer, rep)),
        note=f"Counted until {now:%H:%M} in {workspace.timezone}, where the week is not over yet." if now.date() < period.end else "",
    )


def _warnings(deps: Deps, viewer: Viewer, monday: date) -> list[WeeklyLine]:
    """Where the week is over by the clock of the workspace, and was looked at."""
    found = known_warnings(deps.store.of(viewer.workspace.id), viewer, monday)
    return [WeeklyLine(one.title, one.path, one.text) for one in found.warnings] if found else []


def _parts(viewer: Viewer) -> list[tuple[str, Mapping[Group, str | None]]]:
    """Whose leads are counted: a rep's own, where figures per rep are on; each team of a manager; else all that the reader sees."""
    rep, workspace = viewer.rep, viewer.workspace
    if rep is not None and rep.role is Role.REP and workspace.policy.rep_figures:
        return [("Your leads", {Group.OWNER: rep.id})]
    teams = [team for team in workspace.teams if rep is not None and team.includes(rep.id)]
    if rep is not None and rep.role is Role.MANAGER and teams:
        return [(team.name, {Group.TEAM: team.id}) for team in teams[:MOST_TEAMS]]
    return [("All leads" if scope(viewer) is None else "The leads that you see", {})]


def _rows(deps: Deps, viewer: Viewer, view: View, period: Period, filters: Mapping[Group, str | None]) -> list[WeeklyRow]:
    now, before = (_totals(deps, viewer, view, one, filters) for one in (period, period.before()))
    return rows_of(now, before, period=period, currency=viewer.workspace.currency, filters=filters)


def _totals(deps: Deps, viewer: Viewer, view: View, period: Period, filters: Mapping[Group, str | None]) -> dict[str, Figure]:
    names = dict.fromkeys(one.report for one in FIGURES)
    asked = {name: ReportQuestion(name=name, first=period.first, end=period.end, group=Group.SOURCE, filters=filters) for name in names}
    return {name: answer(deps, viewer, question, view).report.total for name, question in asked.items()}


def _actions(deps: Deps, viewer: Viewer, rep: Rep) -> Iterator[WeeklyLine]:
    """What waits: the rep's own leads; of managers and admins, all leads that they see. Each line opens a list of exactly these."""
    own = rep.role is Role.REP
    now, leads = deps.now(), deps.store.of(viewer.workspace.id).leads
    owners = frozenset({rep.id}) if own else scope(viewer)
    for name, one, many in _BLOCKS:
        query = today_query(BY_NAME[name], owners, viewer.workspace, now, now)
        if count := leads.count_of(LeadQuery(today=query, visible_to=scope(viewer)), most=_MOST):
            yield WeeklyLine(_counted(count, one, many), f"/leads?{urlencode([('today', name), *([] if own else [('who', 'team')])])}")
    overdue = ConditionTerm("next_action_due", Comparison.BEFORE, now.isoformat(timespec="seconds"))
    row = f"next_action_due~before~{overdue.value}"
    mine = [("owner", "me")] if own else []
    found = (
        (
            ConditionGroup((_OPEN, overdue)),
            [("c", "stage_kind~is~open"), ("c", row)],
            "lead with an overdue task",
            "leads with an overdue task",
        ),
        (CHIPS["going_cold"].condition_in(viewer.workspace), [("list", "going_cold")], "lead going cold", "leads going cold"),
    )
    for condition, address, one, many in found:
        if count := leads.count_of(_query(deps, viewer, condition, rep.id if own else None), most=_MOST):
            yield WeeklyLine(_counted(count, one, many), f"/leads?{urlencode([*mine, *address])}")


def _query(deps: Deps, viewer: Viewer, condition: Condition, owner: str | None) -> LeadQuery:
    return LeadQuery(test=lists.test_of(deps, viewer, condition), owner=owner, visible_to=scope(viewer))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,}{'+' if count == _MOST else ''} {one if count == 1 else many}"
