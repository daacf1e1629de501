"""Schemas of changes of many leads, and of undoing a change."""

from typing import Annotated

from pydantic import Field

from tracker.actions.changes.bulk import MOST_LEADS, BulkResult
from tracker.web.api.schemas.base import In, Line, Out, RecordId
from tracker.web.api.schemas.leads.leads import NextActionIn
from tracker.web.api.schemas.leads.lists import ConditionJson

LeadId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class BulkSetIn(In):
    """What to set on every lead; null clears a field or completes the next action."""

    owner: Line | None = Field(None, description="A rep's id or email address; null: no owner", examples=["rosa@us.example"])
    stage: Line | None = Field(None, examples=["Qualified"])
    lost_reason: Line | None = Field(None, description="Required for a lost stage", examples=["Price"])
    source: Line | None = Field(None, examples=["Trade fair"])
    add_tags: list[Line] = Field(default_factory=list, max_length=40, examples=[["fair"]])
    remove_tags: list[Line] = Field(default_factory=list, max_length=40, examples=[["cold"]])
    next_action: NextActionIn | None = None
    archive: bool = Field(False, description="true: archive; false: restore")


class BulkIn(In):
    """Leads, and what to change of them. The leads are named by exactly one of `leads`, `list` and `condition`."""

    leads: list[LeadId] | None = Field(None, min_length=1, max_length=MOST_LEADS)
    list: Annotated[str, Field(max_length=64, description="A list's id: the leads that the caller sees in it, 10,000 at most")] | None = (
        None
    )
    condition: ConditionJson | None = None
    set: BulkSetIn


class BulkLeadOut(Out):
    """What happened to one lead."""

    lead: RecordId
    result: BulkResult
    reason: str | None = Field(description="Why it was refused")


class BulkOut(Out):
    """The result for each lead."""

    change: str | None = Field(description="The id to undo the change with; null if nothing was changed")
    changed: int
    unchanged: int
    refused: int
    results: list[BulkLeadOut]


class UndoneLeadOut(Out):
    """What happened to one lead of the change."""

    lead: RecordId
    is_restored: bool
    reason: str | None = Field(description="Why it stays as it is")


class UndoOut(Out):
    """The result for each lead of the change."""

    change: str | None = Field(description="The new change, which can be undone as well; null if nothing was restored")
    restored: int
    refused: int
    results: list[UndoneLeadOut]
