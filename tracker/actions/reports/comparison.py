"""Whether reports count what their definitions say: every report from all records by the plain definitions, compared with the tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from tracker.actions.deps import Deps
from tracker.actions.reports.report_view import report_view
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.reports import records
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.columns import counting
from tracker.rules.reports.columns.catalogue import COUNTED
from tracker.rules.reports.periods import Period
from tracker.rules.visibility import Viewer
from tracker.store.reports.report_leads import ReportLeads

_DAYS = 365


def differing_reports(deps: Deps, workspace: Workspace) -> Iterator[str]:
    """The names of reports whose figures of the last year differ. Reads all records of the workspace."""
    view = report_view(deps, Viewer(workspace, None))
    leads = [lead for part in ReportLeads(deps.store.database, workspace.id).each() for lead in part]
    facts = replace(view.facts, leads=leads)
    end: date = facts.today + timedelta(days=1)
    period = Period(end - timedelta(days=_DAYS), end)
    for name, metric in METRICS.items():
        plain = records.report_of(facts, list(metric.make(facts, period)), metric.group, is_share=metric.is_share)
        if counting.report_of(view, COUNTED[name](view, period), metric.group, is_share=metric.is_share) != plain:
            yield name
