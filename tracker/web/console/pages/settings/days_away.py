"""The days out of office in a form. Pure."""

from collections.abc import Mapping
from datetime import date

from tracker.base.errors import Invalid
from tracker.domain.team.out_of_office import OutOfOffice


def days_away(form: Mapping[str, str]) -> OutOfOffice | None:
    """The days of `away_first` and `away_last`; None where both are empty. Raises Invalid."""
    first, last = (form.get(f"away_{name}", "").strip() for name in ("first", "last"))
    if not first and not last:
        return None
    try:
        return OutOfOffice(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise Invalid("out_of_office", "must have a first and a last day") from None
