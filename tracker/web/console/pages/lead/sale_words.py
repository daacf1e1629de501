"""Sales in words."""

from tracker.domain.pipeline.sale import Interval, Sale

INTERVALS = (("", "Not known"), ("month", "Month"), ("quarter", "Quarter"), ("half_year", "Half-year"), ("year", "Year"))
"""What is offered for recurring sales."""
_EVERY = {Interval.MONTH: "monthly", Interval.QUARTER: "quarterly", Interval.HALF_YEAR: "half-yearly", Interval.YEAR: "yearly"}


def interval_text(sale: Sale) -> str:
    """`monthly`, or `recurring` where the interval is not known."""
    return _EVERY[sale.interval] if sale.interval else "recurring"
