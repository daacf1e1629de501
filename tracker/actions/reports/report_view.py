"""What a reader's reports are made from: the leads that it sees, at a moment."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.actions.reports.followed_tables import tables_of
from tracker.base.time_zones import zone_of
from tracker.domain.workspace.source import Source
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.visibility import Viewer, may_see_costs, scope


def report_view(deps: Deps, viewer: Viewer, *, as_of: datetime | None = None) -> View:
    """The view of a reader as of a moment, by default now."""
    return View(tables_of(deps, viewer.workspace), report_context(deps, viewer, as_of=as_of), scope(viewer))


def report_context(deps: Deps, viewer: Viewer, *, as_of: datetime | None = None) -> ReportFacts:
    """What reports need besides leads."""
    workspace, here = viewer.workspace, deps.store.of(viewer.workspace.id)
    sources = here.sources.all()
    return ReportFacts(
        leads=(),
        stages=workspace.stages,
        former_stages=tuple(former.stage for former in workspace.former_stages),
        sources={source.id: source.name for source in sources},
        former_sources=_former_names(sources),
        teams=_teams(viewer),
        team_names={team.id: team.name for team in workspace.teams},
        rates=here.rates.all(),
        costs=here.costs.all() if may_see_costs(viewer) else None,
        currency=workspace.currency,
        zone=zone_of(workspace.timezone),
        now=min(as_of, deps.now()) if as_of else deps.now(),
        is_past=as_of is not None,
    )


def _former_names(sources: list[Source]) -> dict[str, str]:
    present = {source.name for source in sources}
    return {name: source.name for source in sources for name in source.former_names if name not in present}


def _teams(viewer: Viewer) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for team in viewer.workspace.teams:
        for rep in {*team.members, *([team.leader] if team.leader else [])}:
            found[rep] = (*found.get(rep, ()), team.id)
    return found
