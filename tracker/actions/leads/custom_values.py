"""Validation of the values of custom fields by their definition. Names without a definition keep any text."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite
from typing import Any

from tracker.actions import checks
from tracker.base.errors import Invalid
from tracker.base.money import decimals_of
from tracker.domain.leads.field_value import FieldValue, text_of
from tracker.domain.workspace.custom_field import CustomField, FieldKind
from tracker.domain.workspace.workspace import Workspace

_LONGEST = 2000
_MOST_FIELDS = 60
_GREATEST = 1e15
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_GROUPED_BY_DOTS = re.compile(r"-?\d{1,3}(\.\d{3})+,\d+|-?\d{1,3}(\.\d{3}){2,}")
_PLAIN = re.compile(r"-?\d+([.,]\d+)?")


def checked_fields(workspace: Workspace, given: Mapping[str, Any], former: Mapping[str, FieldValue] | None = None) -> dict[str, FieldValue]:
    """The values under the present names of their fields; an empty value of a defined field is left out. Raises Invalid (`fields.NAME`).

    A value that the lead has already (`former`) stays, also where it does not fit. May be applied to its own result.
    """
    if len(given) > _MOST_FIELDS:
        raise Invalid("fields", f"may hold {_MOST_FIELDS} fields at most")
    kept: dict[str, FieldValue] = {}
    for name, value in given.items():
        plain = checks.line("fields", name, longest=60)
        field = workspace.custom_field(plain)
        if field is None:
            kept[checks.field_name("fields", plain)] = checks.words(f"fields.{plain}", as_text(value), longest=_LONGEST, required=False)
        elif former and field.name in former and text_of(former[field.name]) == as_text(value):
            kept[field.name] = former[field.name]
        elif (found := checked_value(field, value)) is not None:
            kept[field.name] = found
    return kept


def checked_value(field: CustomField, given: Any) -> FieldValue | None:
    """The value as it is stored; None for an empty one. Raises Invalid."""
    name = f"fields.{field.name}"
    text = checks.words(name, as_text(given), longest=_LONGEST, required=False)
    return _CHECKS[field.kind](name, text, field) if text else None


def as_text(given: Any) -> str:
    """A value of JSON or of a form as text."""
    if given is None:
        return ""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        if not isfinite(given) or abs(given) >= _GREATEST:
            raise Invalid("fields", "must not hold numbers of 16 digits or more")
        return text_of(float(given))
    return str(given)


def _number(name: str, text: str, _: CustomField) -> float:
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text).replace("−", "-")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _GROUPED_BY_DOTS.fullmatch(plain):
        plain = plain.replace(".", "")
    if not _PLAIN.fullmatch(plain) or abs(float(plain.replace(",", "."))) >= _GREATEST:
        raise Invalid(name, "must be a number such as 1500 or 1500.50")
    return float(plain.replace(",", "."))


def _money(name: str, text: str, field: CustomField) -> float:
    plain = text.strip()
    for sign in (field.currency, _SIGNS.get(field.currency, field.currency)):
        plain = plain.removeprefix(sign).removesuffix(sign).strip()
    try:
        return round(_number(name, plain, field), decimals_of(field.currency))
    except Invalid:
        raise Invalid(name, f"must be an amount in {field.currency}, such as 1500 or 1500.50") from None


_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}


def _date(name: str, text: str, _: CustomField) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise Invalid(name, "must be a date such as 2027-03-01") from None


def _choice(name: str, text: str, field: CustomField) -> str:
    return checks.one_of(name, text, field.choices)


def _yes_no(name: str, text: str, _: CustomField) -> str:
    plain = text.strip().casefold()
    if plain not in (*_YES, *_NO):
        raise Invalid(name, "must be yes or no")
    return "true" if plain in _YES else "false"


def _url(name: str, text: str, _: CustomField) -> str:
    return checks.web_address(name, text)


_CHECKS: dict[FieldKind, Callable[[str, str, CustomField], FieldValue]] = {
    FieldKind.TEXT: lambda _, text, __: text,
    FieldKind.NUMBER: _number,
    FieldKind.MONEY: _money,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
    FieldKind.URL: _url,
}
