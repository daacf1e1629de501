"""Schemas of merged leads."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from tracker.domain.leads.lead import Lead
from tracker.web.api.schemas.base import In, Line, Out, Version


class MergeIn(In):
    """The lead that is merged with the one in the path, which is kept."""

    other: Line = Field(alias="with", description="The id of the lead that is merged with this one")
    values: dict[str, Literal["kept", "merged"]] = Field(
        default={},
        max_length=200,
        description="Whose value is kept, by field (`fields.NAME` for custom fields), where both have one; default: that of this lead",
        examples=[{"phone": "merged", "fields.industry": "kept"}],
    )
    version: Version | None = None


class MergedOut(Out):
    """A lead that was merged with another one."""

    id: str
    name: str
    email: str
    merged_at: datetime
    merged_by: str | None = Field(description="The rep; null: a program")


def merged_out(lead: Lead) -> MergedOut:
    """The merged lead as a response."""
    at, by = (lead.merged.at, lead.merged.by) if lead.merged else (lead.updated_at, None)
    return MergedOut.model_construct(id=lead.id, name=lead.name, email=lead.email, merged_at=at, merged_by=by)
