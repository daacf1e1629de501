"""What all schemas share: strict input without unknown keys, moments with an offset in and in UTC out, pages."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from tracker.base.errors import Invalid

ItemT = TypeVar("ItemT")


class In(BaseModel):
    """A request's body: unknown keys and wrong types are refused (422)."""

    model_config = ConfigDict(extra="forbid", strict=True, title="body")

    def given(self) -> dict[str, Any]:
        """What stood in the body, with null where null stood."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Query(BaseModel):
    """A request's query: unknown names are refused (422)."""

    model_config = ConfigDict(extra="forbid", title="query")


class Paged(Query):
    """A list's page."""

    cursor: str | None = Field(None, max_length=1000, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=200, description="How many items at most")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class List(Out, Generic[ItemT]):
    """One page of a list."""

    items: list[ItemT]
    next: str | None = Field(None, description="The cursor of the following page; null at the end")


def page_of(whole: List[ItemT], wanted: Paged) -> List[ItemT]:
    """One page of a list that is at hand whole. Raises Invalid for a cursor of another list."""
    start = wanted.cursor or "0"
    if not (start.isascii() and start.isdigit() and len(start) < 10):  # noqa: PLR2004 - digits of a count
        raise Invalid("cursor", "is not one that this list gave")
    end = int(start) + wanted.limit
    return List(items=whole.items[int(start) : end], next=str(end) if end < len(whole.items) else None)


def written(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


Moment = Annotated[datetime, PlainSerializer(written, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment in an answer: `2027-03-01T09:30:00.000Z`."""

When = Annotated[AwareDatetime, Field(description="ISO 8601 with an offset, such as 2027-03-01T09:30:00Z")]
"""A moment in a request."""

Due = Annotated[
    AwareDatetime | date, Field(description="A day such as 2027-03-01, or ISO 8601 with an offset, such as 2027-03-01T09:30:00Z")
]
"""When something is to be done, in a request."""


def due_at(due: datetime | date | None, zone: tzinfo) -> datetime | None:
    """The moment; a day is meant as a whole, which is kept as its midnight in the rep's zone."""
    if due is None or isinstance(due, datetime):
        return due
    return datetime.combine(due, time(), zone)


def in_utc(field: str, moment: datetime | None) -> datetime | None:
    """The moment in UTC. Raises Invalid for one that has none, as `0001-01-01T00:00:00+14:00`."""
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        raise Invalid(field, "is no time we can count to") from None


Id = Annotated[str, Field(min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")]
"""The id of a record: 32 hex digits."""

Line = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=20_000)]
