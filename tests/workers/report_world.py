"""A workspace whose reports are compared with the plain definitions."""

from dataclasses import replace
from datetime import date, timedelta

from tests.scenes import NOON, make_scene
from tracker.actions.leads import leads
from tracker.actions.pipeline import sales
from tracker.actions.reports import followed_tables
from tracker.actions.reports.period_reports import ReportQuestion, answer
from tracker.actions.reports.report_view import report_context, report_view
from tracker.domain.alerting.alert import Alert, AlertRule, Priority, Times
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, report_of
from tracker.rules.visibility import Viewer
from tracker.store.reports.report_leads import ReportLeads

FIRST, END = date(2020, 1, 1), date(2027, 1, 1)


class World:
    """One workspace, whose reports are asked for after each change."""

    def __init__(self, deps):
        self.deps = deps
        self.scene = make_scene(deps)
        self.ws = self.scene.workspace.id
        deps.store.workspaces.change(self.ws, products=("Plan",))

    @property
    def viewer(self):
        return Viewer(self.deps.store.workspaces.get(self.ws), None)

    def figures(self, group=None):
        """Of all reports."""
        asked = [ReportQuestion(name=name, first=FIRST, end=END, group=group, filters={}) for name in METRICS]
        view = report_view(self.deps, self.viewer)
        return {one.name: answer(self.deps, self.viewer, one, view).report for one in asked}

    def plain(self):
        """The same by the plain definitions, from all records."""
        parts = ReportLeads(self.deps.store.database, self.ws).each()
        facts = replace(report_context(self.deps, self.viewer), leads=[lead for part in parts for lead in part])
        period = Period(FIRST, END)
        groups = {name: Group.SOURCE if metric.group is Group.REP else metric.group for name, metric in METRICS.items()}
        made = {name: list(metric.make(facts, period)) for name, metric in METRICS.items()}
        return {name: report_of(facts, made[name], groups[name], is_share=METRICS[name].is_share) for name in METRICS}

    def check(self, step):
        """In this process, and in one that starts with the blocks."""
        plain = self.plain()
        assert self.figures() == plain, step
        followed_tables._kept.clear()
        assert self.figures() == plain, f"{step}, started anew"

    def lead(self, name, **more):
        return leads.add_lead(self.deps, self.ws, email=f"{name}@x.example", name=name, **more).id

    def alert(self, number, lead, **more):
        """About two hours ago, for the rep."""
        at, values = NOON + timedelta(hours=1), {"rep": self.scene.rep.id, "rule": AlertRule.CLICK} | more
        made = Alert(
            id=number, workspace=self.ws, lead=lead, cause=number, episode="e", at=at, priority=Priority.LOUD, title="t", text="x",
            times=Times(event=at), **values,
        )  # fmt: skip
        self.scene.store.alerts.save([made])

    def useful(self):
        """Useful ones of all alerts, by rule."""
        return {key: (one.count, one.of) for key, one in self.figures()["alert-usefulness"].items}

    def sale(self, lead, amount, **more):
        return sales.add_sale(self.deps, self.ws, lead=lead, product="Plan", amount=amount, currency="EUR", sold_on=NOON.date(), **more)
