"""The list of sales: `/sales`. Each opens in its form; totals are those of the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.sale import Sale
from tracker.domain.team.rep import Rep
from tracker.rules import visibility
from tracker.rules.reports.named_periods import CHOICES, chosen_period
from tracker.store.core.paging import Page, filtered_page
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.sale_words import interval_text

blueprint = Blueprint("sales", __name__, url_prefix="/sales")

_USUAL = "year"
_PAGE = 50
_LOOKS = 10
"""Pages read at most to fill one with sales to leads that the rep sees."""


@dataclass(frozen=True, slots=True)
class SaleFilters:
    """The filters of the query string."""

    period: str = _USUAL
    rep: str = ""
    """A rep's id; empty: all that the reader may choose."""

    def link(self, **changes: str) -> str:
        """The list's address with these filters changed, at the first page."""
        values = {"period": self.period, "rep": self.rep} | changes
        return f"/sales?{urlencode({name: value for name, value in values.items() if value})}"


@dataclass(frozen=True, slots=True)
class ListedSale:
    """One line of the list."""

    sale: Sale
    lead: Lead
    rep: str
    note: str
    """What kind of sale it is, in words."""


@blueprint.get("")
def index() -> str:
    """Sales to the leads that the rep sees, the latest first."""
    reps = {rep.id: rep for rep in workspace_store().reps.all()}
    choices = _choices(reps)
    filters, cursor = _filters(choices), request.args.get("cursor")
    page, leads = _page(filters, cursor)
    return render_template(
        "sales/page.html",
        section="reports",
        tab="sales",
        sales=[_line(sale, leads[sale.lead], reps) for sale in page.items],
        filters=filters,
        periods=CHOICES,
        reps=choices,
        next=filters.link(cursor=page.next) if page.next else None,
        is_first=not cursor,
    )


def _page(filters: SaleFilters, cursor: str | None) -> tuple[Page[Sale], dict[str, Lead]]:
    store, user, leads = workspace_store(), current_user(), dict[str, Lead]()
    today = deps().now().astimezone(zone_of(user.workspace.timezone)).date()
    period = chosen_period(filters.period, today)

    def fetch(after: str | None, limit: int) -> Page[Sale]:
        return store.sales.dated(period.first, period.end, rep=filters.rep or None, cursor=after, limit=limit)

    def keep(sales: list[Sale]) -> set[str]:
        leads.update(store.leads.by_ids(sale.lead for sale in sales if sale.lead not in leads))
        return {sale.id for sale in sales if sale.lead in leads and visibility.may_see(user.viewer, leads[sale.lead])}

    return filtered_page(fetch, keep, cursor=cursor, limit=_PAGE, looks=_LOOKS), leads


def _line(sale: Sale, lead: Lead, reps: Mapping[str, Rep]) -> ListedSale:
    rep = reps.get(sale.rep or lead.owner or "")
    return ListedSale(sale, lead, rep.name if rep else "No rep", _note(sale))


def _note(sale: Sale) -> str:
    if sale.refund_of:
        return "Refund" if sale.void_amount is None else "Refund of a deleted sale"
    if not sale.is_recurring:
        return ""
    ended = f", ended {sale.ended_on:%-d %b %Y}" if sale.ended_on else ""
    return interval_text(sale).capitalize() + ended


def _filters(choices: list[tuple[str, str]]) -> SaleFilters:
    """The valid filters; anything else is ignored."""
    period, rep = request.args.get("period", ""), request.args.get("rep", "")
    return SaleFilters(period if period in dict(CHOICES) else _USUAL, rep if rep in dict(choices) else "")


def _choices(reps: Mapping[str, Rep]) -> list[tuple[str, str]]:
    """Whose sales this rep may choose."""
    viewer = current_user().viewer
    return [("", "All reps"), *((rep.id, rep.name) for rep in reps.values() if visibility.may_see_owner(viewer, rep.id))]
