"""Saved list schemas of requests and responses."""

from typing import Annotated, Any

from pydantic import Field

from tracker.domain.leads.lead_list import LeadList
from tracker.rules.conditions.chips import CHIPS
from tracker.web.api.schemas.base import In, Moment, Out, Paged

_Name = Annotated[str, Field(max_length=80, examples=["Hot in the north"])]
ConditionJson = Annotated[
    dict[str, Any],
    Field(
        description="docs/conditions.md",
        examples=[{"all": [{"field": "score", "at_least": 50}, {"field": "tags", "is": "north"}]}],
    ),
]
_Columns = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=40)]
_Sort = Annotated[str, Field(max_length=40, description="As of GET /leads", examples=["-last_seen"])]


class ListIn(In):
    """A new list."""

    name: _Name
    condition: ConditionJson
    columns: _Columns = Field([], description="In their order; empty: the usual ones")
    sort: _Sort = "-last_seen"
    shared: bool = Field(False, description="true: every rep sees the list, each with the leads that they may see")


class ListChange(In):
    """Changes of a list."""

    name: _Name | None = None
    condition: ConditionJson | None = None
    columns: _Columns | None = None
    sort: _Sort | None = None
    shared: bool | None = None
    version: Annotated[int, Field(ge=0, le=2**53)] | None = Field(None, description="409 if the list has changed since this version")


class ListLeadsQuery(Paged):
    """A page of the leads of a list."""

    sort: _Sort | None = Field(None, description="By default the order of the list")


class ListOut(Out):
    """A list of leads."""

    id: str = Field(examples=["hot"])
    name: str
    condition: dict[str, Any] = Field(description="With the names of stages")
    words: str = Field(description="The condition as a sentence")
    columns: list[str]
    sort: str
    owner: str | None = Field(description="The rep's id; null for a list that is built in or made by a program")
    shared: bool
    built_in: bool
    leads: int | None = Field(description="How many leads the caller sees; 10001 stands for more than 10,000; null in the list of lists")
    created_at: Moment
    updated_at: Moment
    version: int


class ChipOut(Out):
    """A list that every workspace has, with its count."""

    id: str = Field(description="As of /lists: hot, going_cold, slipped, mine, no_owner or bounced", examples=["hot"])
    name: str = Field(examples=["Hot"])
    description: str = Field(examples=["Call now and active in the last 7 days."])
    leads: int = Field(description="How many leads the caller sees; 10001 stands for more than 10,000")


def list_out(found: LeadList, condition: dict[str, Any], words: str, leads: int | None = None) -> ListOut:
    """The list as a response."""
    return ListOut.model_construct(
        id=found.id,
        name=found.name,
        condition=condition,
        words=words,
        columns=list(found.columns),
        sort=found.sort,
        owner=found.rep,
        shared=found.is_shared,
        built_in=found.id in CHIPS,
        leads=leads,
        created_at=found.created_at,
        updated_at=found.updated_at,
        version=found.version,
    )
