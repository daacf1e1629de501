"""The filter panel of the leads list: rows of field, comparison and value, and the condition that they are. Pure.

A row travels in links as one text, `score~at_least~50`, and from the form without script as three fields.
"""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from tracker.base.errors import Invalid
from tracker.rules.conditions.condition import MOST_TERMS, Condition, ConditionGroup, ConditionTerm, parsed
from tracker.rules.conditions.fields import Comparison, ConditionKind, field_named

SEPARATOR = "~"
_LONGEST = 300
_WITHOUT_VALUE = (Comparison.IS_SET, Comparison.IS_EMPTY)
_IN_NUMBERS = (Comparison.AT_LEAST, Comparison.AT_MOST, Comparison.WITHIN_DAYS, Comparison.OLDER_THAN_DAYS)


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One row as it was typed; `problem` says what is wrong with it."""

    field: str
    comparison: str
    value: str
    problem: str = ""

    @property
    def text(self) -> str:
        """The row in a link."""
        return SEPARATOR.join((self.field, self.comparison, self.value))


def rows_of(args: MultiDict[str, str]) -> tuple[ConditionRow, ...]:
    """The rows of a link or a sent form, each with its problem if it has one. Rows without a field are left out."""
    given = [(*text[:_LONGEST].split(SEPARATOR, 2), "", "")[:3] for text in args.getlist("c")]
    given += zip(args.getlist("f"), args.getlist("o"), args.getlist("v"), strict=False)
    gone = args.get("drop", "")
    kept = [row for number, row in enumerate(given) if str(number) != gone and row[0]]
    return tuple(_checked(ConditionRow(*(part.strip()[:_LONGEST] for part in row))) for row in kept[:MOST_TERMS])


def condition_of(rows: tuple[ConditionRow, ...], *, is_any: bool) -> Condition | None:
    """The condition of the rows without a problem; None without any."""
    terms = tuple(_term(row) for row in rows if not row.problem)
    return ConditionGroup(terms, is_any=is_any and len(terms) > 1) if terms else None


def row_of(term: ConditionTerm) -> ConditionRow:
    """The row of a comparison."""
    value = term.value
    if isinstance(value, tuple):
        text = ", ".join(value)
    elif isinstance(value, bool):
        text = "" if term.comparison in _WITHOUT_VALUE else "yes" if value else "no"
    else:
        text = value if isinstance(value, str) else f"{value:.15g}"
    return ConditionRow(term.field, term.comparison.value, text)


def _checked(row: ConditionRow) -> ConditionRow:
    try:
        _term(row)
    except Invalid as error:
        text = "Choose a comparison that fits the field." if error.field == "condition" else f"{str(error)[:1].upper()}{str(error)[1:]}."
        return ConditionRow(row.field, row.comparison, row.value, text.replace("Must", "The value must", 1))
    return row


def _term(row: ConditionRow) -> ConditionTerm:
    """Raises Invalid."""
    found = parsed({"field": row.field, row.comparison or "is": _value(row)})
    if not isinstance(found, ConditionTerm):
        raise Invalid("condition", "must be a comparison")
    return found


def _value(row: ConditionRow) -> object:
    field = field_named(row.field)
    if row.comparison in _WITHOUT_VALUE:
        return True
    if row.comparison == Comparison.IN:
        return [part.strip() for part in row.value.split(",") if part.strip()]
    if field is not None and field.kind is ConditionKind.YES_NO:
        return {"yes": True, "no": False}.get(row.value.casefold(), row.value)
    if row.comparison in _IN_NUMBERS or (field is not None and field.kind is ConditionKind.NUMBER):
        return _number(row.value)
    return row.value


def _number(text: str) -> object:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text
