"""Reports: `/reports` shows all of them for a period, `/reports/<name>` one with all groups, `…/records` and `…/csv` what is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request

from tracker.actions.reports.labels import labels_of
from tracker.actions.reports.period_reports import Answer, ReportQuestion, answer, returns_of
from tracker.actions.reports.report_view import report_context, report_view
from tracker.actions.reports.warnings.week_warnings import known_warnings, monday_in
from tracker.base.errors import NotFound
from tracker.domain.reports.figure_warning import FigureWarning
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.columns.lead_rows import bottleneck
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.facts import ReportFacts
from tracker.rules.reports.figure_text import lasting
from tracker.rules.reports.named_periods import USUAL, choices_with, chosen_period
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Report
from tracker.rules.visibility import may_see_report
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.reports.figure_csv import csv_of
from tracker.web.console.pages.reports.figures import FigureRow, earlier, headings, rows_of
from tracker.web.console.pages.reports.report_filters import filter_choices, given_filters, group_name, shown_filters
from tracker.web.console.pages.reports.saved import shown_reports

blueprint = Blueprint("reports", __name__)
blueprint.add_app_template_filter(lasting, "lasting")
blueprint.add_app_template_filter(group_name, "group_name")

FEWEST = 10
"""Records below which a report is not shown here: its shares would say nothing."""
_MANY = 5_000
"""Leads from which on the cards of the overview are loaded one by one."""
_SHOWN = 6
_MOST_RECORDS = 200
_MOST_ROWS = 500
"""Groups of one report: visitors choose how many pages and origins there are."""
_TOUCHES = (("first_touch", "First visit came from"), ("last_touch", "Last visit came from"))
_OF_MAIL = (("week", "Week"), ("campaign", "Campaign"))
_OWN_GROUPS = {
    "visits": (("landing", "First page"), ("kind", "Named or not")),
    "opened": _OF_MAIL,
    "clicked": _OF_MAIL,
    "visited": _OF_MAIL,
    "campaign-success": (("week", "Week"), ("outcome", "Outcome")),
}
_WITHOUT_PERIOD = {"pipeline", "time-so-far"}
_WITHOUT_EARLIER = {*_WITHOUT_PERIOD, "conversion", "touches-before-win", "pages-before-win"}
"""What has no period, or whose total adds up different steps."""


@dataclass(frozen=True, slots=True)
class Card:
    """One report on the overview."""

    name: str
    answer: Answer
    rows: list[FigureRow]
    more: int
    headings: tuple[str, ...]
    before: str
    is_hidden: bool


@blueprint.get("/reports")
def index() -> str:
    """All reports for the chosen period."""
    is_large = workspace_store().leads.count(limit=_MANY + 1) > _MANY
    names = list(METRICS) if is_large else []
    view = report_view(deps(), current_user().viewer)
    cards = [] if is_large else [_card(name, view) for name in METRICS]
    slow = bottleneck(view, _period(view.facts))
    return render_template(
        "reports/index.html",
        section="reports",
        cards=cards,
        later=[(name, METRICS[name]) for name in names],
        slow=(current_user().workspace.stage_name(slow[0]), slow[1]) if slow else None,
        periods=choices_with(_chosen()),
        chosen=_chosen(),
        fewest=FEWEST,
        saved=shown_reports(),
        warnings=_warnings(),
    )


@blueprint.get("/reports/<name>/card")
def card(name: str) -> str:
    """One report of the overview, for js/pages/reports.js where leads are many."""
    if name not in METRICS:
        raise NotFound("no such report")
    view = report_view(deps(), current_user().viewer)
    return render_template("reports/card.html", card=_card(name, view), chosen=_chosen(), fewest=FEWEST)


@blueprint.get("/reports/<name>")
def report(name: str) -> str:
    """One report with all of its groups."""
    if name == "roi":
        return _roi()
    found = _asked(name)
    listed = Report(found.report.total, found.report.items[:_MOST_ROWS])
    labels = labels_of(workspace_store(), found, most=_MOST_ROWS)
    return render_template(
        "reports/report.html",
        section="reports",
        name=name,
        found=found,
        rows=rows_of(found.metric, listed, labels, found.facts.currency),
        more=len(found.report.items) - len(listed.items),
        total=found.report.total,
        headings=headings(found.metric),
        groups=_groups(name),
        is_hidden=len(found.records) < FEWEST,
        query=request.query_string.decode("ascii", "ignore"),
        has_period=name not in _WITHOUT_PERIOD,
        filters=shown_filters(found),
        given={group.value: value or "" for group, value in given_filters().items()},
        filter_choices=filter_choices(name, found),
        before=_before(name, found),
        **_choices(found.period),
    )


@blueprint.get("/reports/<name>/records")
def records(name: str) -> str:
    """The leads behind a figure."""
    found = _asked(name)
    shown = found.of_leads[:_MOST_RECORDS]
    leads = workspace_store().leads.by_ids({record.lead.id for record in shown})
    return render_template(
        "reports/records.html",
        section="reports",
        name=name,
        found=found,
        shown=[(leads[one.lead.id], one) for one in shown if one.lead.id in leads],
        count=len(found.records) - found.refunds,
        refunds=found.refunds,
        has_more=len(found.of_leads) > len(shown),
        erased=len(found.records) - len(found.of_leads) - found.unnamed,
        unnamed=found.unnamed,
        query=request.query_string.decode("ascii", "ignore"),
    )


@blueprint.get("/reports/<name>/csv")
def csv(name: str) -> Response:
    """All groups as a CSV file."""
    found = _asked(name)
    data = csv_of(found.report, found.group, labels_of(workspace_store(), found), found.facts.currency)
    return Response(data, mimetype="text/csv", headers={"Content-Disposition": f"attachment; filename={name}.csv"})


def _roi() -> str:
    if not may_see_report(current_user().viewer, "roi"):
        raise NotFound("no such report")
    facts = report_context(deps(), current_user().viewer)
    period = _period(facts)
    _, _, found = returns_of(deps(), current_user().viewer, period.first, period.end)
    return render_template("reports/roi.html", section="reports", found=found, currency=facts.currency, has_period=True, **_choices(period))


def _card(name: str, view: View) -> Card:
    viewer, metric, period = current_user().viewer, METRICS[name], _period(view.facts)
    asked = ReportQuestion(name=name, first=period.first, end=period.end, filters={})
    found = answer(deps(), viewer, asked, view)
    rows = rows_of(metric, found.report, labels_of(workspace_store(), found), view.facts.currency)
    former, before = period.before(), ""
    if name not in _WITHOUT_EARLIER:
        asked = ReportQuestion(name=name, first=former.first, end=former.end, filters={})
        before = earlier(answer(deps(), viewer, asked, view).report.total, former.days)
    return Card(name, found, rows[:_SHOWN], max(len(rows) - _SHOWN, 0), headings(metric), before, is_hidden=len(found.records) < FEWEST)


def _asked(name: str) -> Answer:
    """The report that the address asks for. Raises NotFound, Invalid, Forbidden."""
    view = report_view(deps(), current_user().viewer)
    period = _period(view.facts)
    given = request.args.get("group", "")
    group = Group(given) if given in set(Group) else None
    asked = ReportQuestion(name=name, first=period.first, end=period.end, group=group, filters=given_filters())
    return answer(deps(), current_user().viewer, asked, view)


def _before(name: str, found: Answer) -> str:
    """The total of the period before, with the same filters."""
    if name in _WITHOUT_EARLIER:
        return ""
    former = found.period.before()
    asked = ReportQuestion(name=name, first=former.first, end=former.end, group=found.group, filters=given_filters())
    return earlier(answer(deps(), current_user().viewer, asked, found.view).report.total, former.days)


def _warnings() -> Sequence[FigureWarning]:
    """What was out of the usual range last week, of the leads that the reader sees."""
    viewer = current_user().viewer
    found = known_warnings(workspace_store(), viewer, monday_in(viewer.workspace, deps().now()))
    return found.warnings if found else ()


def _chosen() -> str:
    return request.args.get("period") or USUAL


def _period(facts: ReportFacts) -> Period:
    return chosen_period(request.args.get("period", ""), facts.today)


def _groups(name: str) -> list[tuple[str, str]]:
    """What a report can be grouped by."""
    of_reps = [("owner", "Owner"), ("rep", "Rep")] if current_user().workspace.policy.rep_figures else []
    usual = [("", "Usual groups"), ("source", "Source"), ("team", "Team"), ("country", "Country"), ("industry", "Industry"), ("tag", "Tag")]
    return [*usual, ("company", "Company"), ("stage", "Stage now"), *_TOUCHES, *of_reps, *_OWN_GROUPS.get(name, ())]


def _choices(period: Period) -> dict[str, Any]:
    return {
        "periods": choices_with(_chosen()),
        "chosen": _chosen(),
        "period": period,
        "last_day": period.end - timedelta(days=1),
        "fewest": FEWEST,
    }
