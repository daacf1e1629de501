"""Actions on exchange rates."""

from datetime import date
from decimal import Decimal, InvalidOperation

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Conflict, Invalid
from tracker.domain.pipeline.rate import Rate

MOST_RATES = 20_000
_MOST_DIGITS = 12
_HIGHEST = Decimal(10) ** 9


def put_rate(deps: Deps, workspace: str, *, currency: str, on: date, rate: str | float | Decimal) -> Rate:
    """Sets what one unit of a currency is worth from that day on; replaces the rate of the same day. Raises Invalid, Conflict."""
    here, code = deps.store.of(workspace).rates, checks.currency("currency", currency)
    if code == deps.store.workspaces.get(workspace).currency:
        raise Invalid("currency", "is the currency of the workspace, which needs no rate")
    key = here.id_for(code, on.isoformat())
    if here.find(key) is None and here.count() >= MOST_RATES:
        raise Conflict(f"there are {MOST_RATES:,} rates already; delete some of them first")
    made = Rate(id=key, workspace=workspace, currency=code, on=on, rate=_checked(rate), created_at=deps.now())
    here.put(made)
    return made


def _checked(rate: str | float | Decimal) -> str:
    try:
        number = Decimal(str(rate))
    except InvalidOperation:
        raise Invalid("rate", "must be a number such as 1.08") from None
    if not number.is_finite() or not 0 < number <= _HIGHEST:
        raise Invalid("rate", f"must be above 0 and at most {_HIGHEST:,}")
    rounded = number.quantize(Decimal(1).scaleb(-_MOST_DIGITS)).normalize()
    if not rounded:
        raise Invalid("rate", f"must be above 0 with {_MOST_DIGITS} decimals")
    return f"{rounded:f}"
