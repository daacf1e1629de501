"""Custom fields: values of leads that a company defines itself."""

from enum import StrEnum

import msgspec


class FieldKind(StrEnum):
    """What the values of a custom field are."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    URL = "url"


class CustomField(msgspec.Struct, frozen=True, kw_only=True):
    """One custom field. Leads keep values under its present name: a new name changes all of them."""

    id: str
    name: str
    """Unique, compared without case."""
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()
    """The values of a choice."""
    currency: str = ""
    """ISO 4217, of money."""
    required_from: str | None = None
    """The id of the stage from which on a lead needs a value; stages of kind lost need none."""
    in_list: bool = False
    """Whether the list of leads shows it."""
    filterable: bool = False
    """Whether the list of leads offers it as a filter."""
    former_names: tuple[str, ...] = ()
    """Names it had; they stand for it until another field has them."""


BUILT_IN_FIELDS = ("industry", "size", "budget", "location")
"""Names of fields that count for fit; they are no custom fields."""
