"""Metrics of sales, customers and costs; the definitions are in `sale_metrics`."""

from dataclasses import replace
from datetime import date

import numpy as np

from tracker.rules.reports.columns.conversion import converted
from tracker.rules.reports.columns.counting import keys_of
from tracker.rules.reports.columns.lead_rows import leads_added
from tracker.rules.reports.columns.rows import CUSTOMERS, Rows
from tracker.rules.reports.columns.tables import Array
from tracker.rules.reports.columns.view import View
from tracker.rules.reports.facts import ERASED
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group
from tracker.rules.reports.sale_metrics import NEW, REPEAT, Return, returns_from


def sales(view: View, period: Period) -> Rows:
    """Sales and refunds of the period; refunds are in the amount and not in the number."""
    its, leads = view.tables.sales, view.tables.leads
    standing = view.standing_sales
    day = its["sold_on"][standing]
    row = standing[(day >= period.first.toordinal()) & (day < period.end.toordinal())]
    lead = its["lead"][row]
    found = converted(view, its["amount"][row], its["currency"][row], its["sold_on"][row])
    owner = np.where(leads["erased"][lead], view.names.code(ERASED), leads["owner"][lead])
    rep = its["rep"][row]
    is_new = np.isin(row + its["refunds"][row], _first_sales(view))
    return Rows(
        tables=view.tables,
        table="sales",
        row=row,
        lead=lead,
        own={
            Group.PRODUCT: its["product"][row],
            Group.REP: np.where(rep >= 0, rep, owner),
            Group.CURRENCY: its["currency"][row],
            Group.KIND: np.where(is_new, view.names.code(NEW), view.names.code(REPEAT)),
        },
        counted=its["refunds"][row] == 0,
        amount=found.amount,
        foreign=found.foreign,
        foreign_amount=found.foreign_amount,
        estimated=found.is_estimated,
    )


def _first_sales(view: View) -> Array:
    """The first sale ever of each customer, by date, then in the order of entry."""
    its = view.tables.sales
    row = view.standing_sales[its["refunds"][view.standing_sales] == 0]
    _, place = np.unique(_customers(view, row), return_index=True)
    return np.asarray(row[place])


def _customers(view: View, row: Array) -> Array:
    """A number for who buys: the company, or a lead without one."""
    lead = view.tables.sales["lead"][row].astype("i8")
    company = view.tables.leads["company"][lead]
    return np.where(company >= 0, company, lead + len(view.names))


def revenue_per_customer(view: View, period: Period) -> Rows:
    """The same, by customer."""
    found = sales(view, period)
    return replace(found, customer=_customers(view, found.row))


def churn(view: View, period: Period) -> Rows:
    """Customers with a recurring sale that ran when the period began; hits are those with none when it was over, or today if it is not."""
    return _churn(view, period)[0]


def win_back(view: View, period: Period) -> Rows:
    """Customers that churned in the period and have no recurring sale that runs today."""
    found, has_returned = _churn(view, period)
    return found if found.hit is None else found.only(found.hit & ~has_returned)


def _churn(view: View, period: Period) -> tuple[Rows, Array]:
    """With whether each customer has a recurring sale that runs today."""
    its, tables = view.tables.sales, view.tables
    standing = view.standing_sales
    row = standing[its["is_recurring"][standing] & (its["refunds"][standing] == 0)]
    customers, place = np.unique(_customers(view, row), return_inverse=True)
    first, day = period.first.toordinal(), min(period.end.toordinal(), view.today)
    begin, end = its["sold_on"][row], its["ended_on"][row]

    def any_of(sold: Array) -> Array:
        found = np.zeros(len(customers), dtype=bool)
        found[place[sold]] = True
        return found

    ran, runs = any_of((begin < first) & (end >= first)), any_of((begin <= day) & (end >= day))
    last, lead = np.zeros(len(customers), dtype="i8"), np.zeros(len(customers), dtype="i8")
    by_end = np.lexsort((its["id"][row], end))
    last[place[by_end]] = row[by_end]  # of several the last one stays
    by_lead = np.argsort(tables.order[its["lead"][row]])[::-1]
    lead[place[by_lead]] = its["lead"][row[by_lead]]
    reason = np.where(runs, -1, its["reason"][last])[ran] if len(customers) else np.empty(0, dtype="i4")
    found = Rows(tables=tables, table=CUSTOMERS, row=last[ran], lead=lead[ran], own={Group.REASON: reason}, hit=~runs[ran])
    return found, any_of((begin <= view.today) & (end >= view.today))[ran]


def returns(view: View, period: Period) -> list[Return]:
    """By source, the most expensive first; empty for a reader who may not see costs."""
    if view.facts.costs is None:
        return []
    added = np.zeros(len(view.tables), dtype=bool)
    added[leads_added(view, period).lead] = True
    ever, dated = sales(view, Period(date.min, date.max)), sales(view, period)
    brought = _by_source(view, ever.only(added[ever.lead]))
    repeated = _by_source(view, dated.only(dated.own[Group.KIND] == view.names.code(REPEAT)))
    return returns_from(view.facts, period, brought, repeated)


def _by_source(view: View, rows: Rows) -> dict[str | None, int]:
    known, place = np.unique(keys_of(view, rows, Group.SOURCE)[1], return_inverse=True)
    sums = np.zeros(len(known), dtype="i8")
    if rows.amount is not None:
        np.add.at(sums, place, rows.amount)
    return dict(zip([view.names.text(code) for code in known.tolist()], sums.tolist(), strict=True))
