"""Schemas of custom fields in requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.workspace.custom_field import FieldKind
from tracker.web.api.schemas.base import In, Line, Out

KindName = Annotated[FieldKind, Field(strict=False)]


class CustomFieldIn(In):
    """A custom field of leads."""

    name: Annotated[str, Field(max_length=60)]
    id: Line | None = Field(None, description="Of a field that is renamed; without it, a field is known by its name")
    type: KindName = FieldKind.TEXT
    choices: list[Line] = Field(default_factory=list, max_length=100, description="The values of a choice")
    currency: Annotated[str, Field(max_length=3)] | None = Field(None, description="Of money, such as EUR")
    required_from: Line | None = Field(None, description="The stage from which on a lead needs a value; a move without one is refused")
    in_list: bool = Field(False, description="Whether the list of leads shows it")
    filterable: bool = Field(False, description="Whether the list of leads offers it as a filter")


class CustomFieldsIn(In):
    """All custom fields in order."""

    items: list[CustomFieldIn] = Field(max_length=60)
    removes: list[Line] = Field(
        default_factory=list, max_length=200, description="Names of fields whose values leads lose; needed to remove a field with values"
    )


class CustomFieldOut(Out):
    """A custom field of leads, or a name that leads have values for without a definition."""

    id: str | None
    name: str
    type: str
    choices: list[str]
    currency: str | None
    required_from: str | None
    in_list: bool
    filterable: bool
    is_defined: bool = Field(description="false: leads have values under this name, but it is not one of the fields")
    leads: int = Field(description="Leads with a value")
