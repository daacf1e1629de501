"""Figures of reports in words, as the console and email show them. Pure."""

from tracker.base.money import money
from tracker.rules.reports.records import Figure

_DAY_MS, _HOUR_MS, _MINUTE_MS = 86_400_000, 3_600_000, 60_000


def share(figure: Figure) -> str:
    """`25 % of 12`."""
    return f"{100 * figure.count / figure.of:.0f} % of {figure.of:,}" if figure.of else "–"


def amount(figure: Figure, currency: str) -> str:
    """In the currency of the workspace, with what has no rate apart; `about` where a later rate was used."""
    own = [money(figure.amount, currency)] if figure.amount or not figure.foreign else []
    text = " + ".join([*own, *(money(number, code) for code, number in sorted(figure.foreign.items()))])
    return f"about {text}" if figure.is_estimated else text


def mean(figure: Figure, currency: str) -> str:
    """The amount per customer, rounded half to even to minor units; what has no rate is not in it."""
    if figure.mean_amount is None:
        return "–"
    text = money(round(figure.mean_amount), currency)
    return f"about {text}" if figure.is_estimated else text


def lasting(milliseconds: float | None) -> str:
    """`3.5 days`, `2 h 5 min`, `4 min 10 s`."""
    if milliseconds is None:
        return "–"
    if milliseconds >= 2 * _DAY_MS:
        return f"{milliseconds / _DAY_MS:.1f} days"
    hours, rest = divmod(round(milliseconds), _HOUR_MS)
    minutes, rest = divmod(rest, _MINUTE_MS)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest // 1000} s" if minutes else f"{rest // 1000} s"
