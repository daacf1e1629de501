"""When a recurring sale is to be renewed, and from when on its rep is reminded of it. Pure."""

import calendar
from datetime import date, timedelta

from tracker.domain.pipeline.sale import Interval, Sale

_MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.HALF_YEAR: 6, Interval.YEAR: 12}
_DAYS_BEFORE = {Interval.MONTH: 7, Interval.QUARTER: 14, Interval.HALF_YEAR: 30, Interval.YEAR: 30}


def renews_on(sale: Sale) -> date | None:
    """The first day after what was paid for: one interval after the sale; None for a sale that is not renewed."""
    if not sale.is_recurring or sale.interval is None or sale.ended_on is not None or sale.refund_of is not None:
        return None
    months = sale.sold_on.year * 12 + sale.sold_on.month - 1 + _MONTHS[sale.interval]
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(sale.sold_on.day, calendar.monthrange(year, month)[1]))


def remind_on(sale: Sale, today: date) -> date | None:
    """The day from which the rep is reminded: 7 days before a month's renewal, 14 before a quarter's, 30 before longer ones.

    None where there is no renewal, or its day has passed: then it is history.
    """
    day = renews_on(sale)
    if day is None or sale.interval is None or day < today:
        return None
    return day - timedelta(days=_DAYS_BEFORE[sale.interval])


def is_renewed(sale: Sale, others: list[Sale]) -> bool:
    """Whether a later recurring sale of the same product continues it."""
    return any(one.is_recurring and one.refund_of is None and one.product == sale.product and one.sold_on > sale.sold_on for one in others)
