"""Metrics of sales, customers and costs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tracker.domain.pipeline.cost import CostPurpose
from tracker.domain.pipeline.sale import Sale
from tracker.rules.reports.amounts import Converter, spread
from tracker.rules.reports.facts import ERASED, ReportFacts, ReportLead
from tracker.rules.reports.periods import Period
from tracker.rules.reports.records import Group, Record

NEW, REPEAT = "new", "repeat"
_LAST = date.max


def sales(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Sales and refunds of the period; refunds are in the amount and not in the number."""
    converter, firsts = Converter(facts.currency, facts.rates), _first_sales(facts)
    for lead in facts.leads:
        for sale in _standing(facts, lead):
            if not period.holds(sale.sold_on):
                continue
            found = converter.convert(sale.amount, sale.currency, sale.sold_on)
            yield Record(
                id=sale.id,
                lead=lead,
                own={
                    Group.PRODUCT: sale.product or None,
                    Group.REP: sale.rep or (ERASED if lead.is_erased else lead.owner),
                    Group.CURRENCY: sale.currency,
                    Group.KIND: NEW if firsts.get(lead.customer) == (sale.refund_of or sale.id) else REPEAT,
                },
                is_counted=sale.refund_of is None,
                amount=found.amount if found else 0,
                foreign=None if found else (sale.amount, sale.currency),
                is_estimated=bool(found and found.is_estimated),
            )


def revenue_per_customer(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """The same, by customer; a customer with nothing but refunds in the period is in the amount and not in the number."""
    for record in sales(facts, period):
        yield replace(record, customer=record.lead.customer)


def _standing(facts: ReportFacts, lead: ReportLead) -> Iterator[Sale]:
    """Sales up to today, and refunds of those."""
    known = {sale.id for sale in lead.sales}
    for sale in lead.sales:
        if sale.sold_on <= facts.today and (sale.refund_of is None or sale.refund_of in known):
            yield sale


def _first_sales(facts: ReportFacts) -> dict[str, str]:
    """The first sale ever of each customer, by date, then in the order of entry."""
    found: dict[str, Sale] = {}
    for lead in facts.leads:
        for sale in _standing(facts, lead):
            first = found.get(lead.customer)
            if sale.refund_of is None and (first is None or (sale.sold_on, sale.id) < (first.sold_on, first.id)):
                found[lead.customer] = sale
    return {customer: sale.id for customer, sale in found.items()}


def churn(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Customers with a recurring sale that ran when the period began; hits are those with none when it was over, or today if it is not.

    The reason is that of the sale that ended last.
    """
    day = min(period.end, facts.today)  # a successor that begins as the period ends is in time
    for lead, its in _recurring(facts):
        base = [sale for sale in its if sale.sold_on < period.first and (sale.ended_on or _LAST) >= period.first]
        if not base:
            continue
        runs = _runs(its, day)
        last = max(its, key=lambda sale: (sale.ended_on or _LAST, sale.id))
        yield Record(id=lead.customer, lead=lead, own={Group.REASON: None if runs else last.end_reason}, is_hit=not runs)


def win_back(facts: ReportFacts, period: Period) -> Iterator[Record]:
    """Customers that churned in the period and have no recurring sale that runs today."""
    returned = {lead.customer for lead, its in _recurring(facts) if _runs(its, facts.today)}
    for record in churn(facts, period):
        if record.is_hit and record.id not in returned:
            yield record


def _runs(its: Iterable[Sale], day: date) -> bool:
    return any(sale.sold_on <= day <= (sale.ended_on or _LAST) for sale in its)


def _recurring(facts: ReportFacts) -> list[tuple[ReportLead, list[Sale]]]:
    """The customers with recurring sales: one of their leads, and the sales of all of them."""
    found: dict[str, tuple[ReportLead, list[Sale]]] = {}
    for lead in facts.leads:
        its = [sale for sale in _standing(facts, lead) if sale.is_recurring and sale.refund_of is None]
        if its:
            found.setdefault(lead.customer, (lead, []))[1].extend(its)
    return list(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What a source cost and brought, in minor units of the workspace's currency."""

    source: str | None
    """The name of a source; None: no source."""
    cost_to_win: int
    cost_to_keep: int
    sales: int
    """All sales by now of the leads that were added in the period."""
    repeat_sales: int
    """Repeat sales dated in the period."""


def returns(facts: ReportFacts, period: Period) -> list[Return]:
    """By source, the most expensive first; empty for a reader who may not see costs."""
    if facts.costs is None:
        return []
    always = Period(date.min, _LAST)
    added = {lead.id for lead in facts.leads if lead.created_at <= facts.now and period.holds(facts.day(lead.created_at))}
    brought: dict[str | None, int] = {}
    repeated: dict[str | None, int] = {}
    for record in sales(facts, always):
        source = _source(record.lead)
        if record.lead.id in added:
            brought[source] = brought.get(source, 0) + record.amount
    for record in sales(facts, period):
        if record.own[Group.KIND] == REPEAT:
            source = _source(record.lead)
            repeated[source] = repeated.get(source, 0) + record.amount
    return returns_from(facts, period, brought, repeated)


def returns_from(facts: ReportFacts, period: Period, brought: Mapping[str | None, int], repeated: Mapping[str | None, int]) -> list[Return]:
    """With the costs of the period. `brought`: all sales of the leads added, by source; `repeated`: repeat sales of the period."""
    win, keep = _costs(facts, period, CostPurpose.WIN), _costs(facts, period, CostPurpose.KEEP)
    found = [
        Return(
            source=source,
            cost_to_win=win.get(source, 0),
            cost_to_keep=keep.get(source, 0),
            sales=brought.get(source, 0),
            repeat_sales=repeated.get(source, 0),
        )
        for source in {*win, *keep, *brought, *repeated}
    ]
    return sorted(found, key=lambda one: (-one.cost_to_win - one.cost_to_keep, -one.sales, one.source or "\uffff"))


def _source(lead: ReportLead) -> str | None:
    return ERASED if lead.is_erased else lead.source


def _costs(facts: ReportFacts, period: Period, purpose: CostPurpose) -> dict[str | None, int]:
    """What falls into the period, by the name of the source; nothing after today."""
    converter, found = Converter(facts.currency, facts.rates), dict[str | None, int]()
    end = min(period.end, facts.today + timedelta(days=1))
    for cost in facts.costs or ():
        converted = converter.convert(cost.amount, cost.currency, cost.first_day)
        days = (cost.last_day - cost.first_day).days + 1
        first = min(max((period.first - cost.first_day).days, 0), days)
        last = min(max((end - cost.first_day).days, 0), days)
        if cost.purpose is purpose and converted and last > first:
            name = facts.sources.get(cost.source) if cost.source else None
            found[name] = found.get(name, 0) + spread(converted.amount, days, first, last)
    return found
