"""What a reader's reports are made from, read from the store."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.reports.patient_list import PatientList
from tracker.base.time_zones import zone_of
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.visibility import Viewer, may_see_costs, scope
from tracker.store.reports.report_leads import ReportLeads
from tracker.store.store import WorkspaceStore


def report_facts(deps: Deps, viewer: Viewer, *, as_of: datetime | None = None) -> ReportFacts:
    """The facts of the leads that the viewer sees, as of a moment, by default now."""
    workspace = viewer.workspace
    here = deps.store.of(workspace.id)
    moves, sales, inquiries = _by_lead(here)
    found = ReportLeads(deps.store.database, workspace.id).each(visible_to=scope(viewer))
    leads = PatientList(replace(one, moves=moves[one.id], sales=sales[one.id], inquiries=inquiries[one.id]) for one in found)
    return ReportFacts(
        leads=leads,
        stages=workspace.stages,
        former_stages=tuple(former.stage for former in workspace.former_stages),
        sources={source.id: source.name for source in here.sources.all()},
        teams=_teams(viewer),
        team_names={team.id: team.name for team in workspace.teams},
        rates=here.rates.all(),
        costs=here.costs.all() if may_see_costs(viewer) else None,
        currency=workspace.currency,
        zone=zone_of(workspace.timezone),
        now=min(as_of, deps.now()) if as_of else deps.now(),
    )


def _by_lead(here: WorkspaceStore) -> tuple[dict[str, list[Any]], dict[str, list[Any]], dict[str, list[Any]]]:
    """Standing moves, sales and inquiries by lead."""
    moves, sales, inquiries = defaultdict(list), defaultdict(list), defaultdict(list)
    for move in here.moves.each():
        if not move.withdrawn:
            moves[move.lead].append(move)
    for sale in here.sales.each():
        if sale.void_amount is None:
            sales[sale.lead].append(sale)
    for inquiry in here.inquiries.each():
        inquiries[inquiry.lead].append(inquiry)
    return moves, sales, inquiries


def _teams(viewer: Viewer) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for team in viewer.workspace.teams:
        for rep in {*team.members, *([team.leader] if team.leader else [])}:
            found[rep] = (*found.get(rep, ()), team.id)
    return found
