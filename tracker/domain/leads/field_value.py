"""Values of custom fields: numbers and money are numbers, everything else is text (dates in ISO 8601, `true` and `false`)."""

from decimal import Decimal

FieldValue = str | float


def text_of(value: FieldValue) -> str:
    """The value as text, a number without exponent: `1500`, `0.5`."""
    if isinstance(value, str):
        return value
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")
