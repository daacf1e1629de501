"""Custom fields in words: names of types, and values as a lead's page shows them. Pure."""

from dataclasses import dataclass
from datetime import date

from tracker.base.money import decimals_of
from tracker.domain.leads.field_value import FieldValue, text_of
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.custom_field import BUILT_IN_FIELDS, CustomField, FieldKind
from tracker.domain.workspace.workspace import Workspace

KINDS = {
    FieldKind.TEXT: "Text",
    FieldKind.NUMBER: "Number",
    FieldKind.MONEY: "Money",
    FieldKind.DATE: "Date",
    FieldKind.CHOICE: "Choice",
    FieldKind.YES_NO: "Yes or no",
    FieldKind.URL: "URL",
}
YES_NO = {"true": "Yes", "false": "No"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A custom field of a lead: how it is shown, and what its form field holds. `kind` is empty without a definition."""

    name: str
    kind: str
    text: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""


def shown_fields(lead: Lead, workspace: Workspace) -> list[ShownField]:
    """The defined fields in order, also those without a value, then other names that the lead has values for."""
    defined = [_defined(field, lead.fields.get(field.name)) for field in workspace.custom_fields]
    known = {field.name for field in workspace.custom_fields} | set(BUILT_IN_FIELDS)
    return defined + [ShownField(name, "", text, text) for name, text in lead.field_texts.items() if name not in known]


def empty_field(field: CustomField) -> ShownField:
    """A defined field as a form asks for its value."""
    return _defined(field, None)


def shown_value(field: CustomField, value: FieldValue | None) -> str:
    """`12,400.00 EUR`, `1 Mar 2027`, `Yes`; text that does not fit the type as it is; empty without a value."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:,.{decimals_of(field.currency)}f} {field.currency}" if field.kind is FieldKind.MONEY else _grouped(value)
    if field.kind is FieldKind.YES_NO:
        return YES_NO.get(value, value)
    return _day(value) if field.kind is FieldKind.DATE else value


def field_choices(workspace: Workspace) -> list[tuple[str, str]]:
    """What the list of leads can be narrowed to: `id:value` and `Region: North`, of fields with a few values that are marked as filters."""
    found = []
    for field in workspace.custom_fields:
        values = YES_NO if field.kind is FieldKind.YES_NO else {choice: choice for choice in field.choices}
        found += [(f"{field.id}:{value}", f"{field.name}: {text}") for value, text in values.items() if field.filterable]
    return found


def _defined(field: CustomField, value: FieldValue | None) -> ShownField:
    held = "" if value is None else text_of(value)
    listed = YES_NO if field.kind is FieldKind.YES_NO else {choice: choice for choice in field.choices}
    own = {held: held} if held and held not in listed else {}
    choices = tuple({"": "Unknown", **own, **listed}.items()) if listed else ()
    return ShownField(field.name, field.kind.value, shown_value(field, value), held, choices, field.currency)


def _grouped(value: float) -> str:
    whole, _, rest = text_of(value).partition(".")
    return f"{int(whole):,}{'.' + rest if rest else ''}" if int(whole) else text_of(value)


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.day} {day:%b} {day.year}"
