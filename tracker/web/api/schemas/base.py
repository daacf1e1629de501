"""Base classes and field types of all schemas: strict input, timestamps with an offset, pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, tzinfo
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from tracker.base.errors import Invalid

ItemT = TypeVar("ItemT")
SchemaT = TypeVar("SchemaT", bound=BaseModel)
Version = Annotated[int, Field(ge=0, le=2**53, description="409 if the record has changed since this version")]


class In(BaseModel):
    """A request body: unknown keys and wrong types are rejected (422)."""

    model_config = ConfigDict(extra="forbid", strict=True, title="body")

    def given(self) -> dict[str, Any]:
        """The fields that the body contains, including those set to null."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Query(BaseModel):
    """A query string: unknown names are rejected (422)."""

    model_config = ConfigDict(extra="forbid", title="query")


class Paged(Query):
    """A page of a list."""

    cursor: str | None = Field(None, max_length=1000, description="`next` of the previous page")
    limit: int = Field(50, ge=1, le=200, description="Maximum number of items")


class LeadRecordsQuery(Paged):
    """A page of the records of one lead, or of all leads without `lead`."""

    lead: str | None = None


class Out(BaseModel):
    """A response body."""

    model_config = ConfigDict(extra="forbid")


class List(Out, Generic[ItemT]):
    """One page of a list."""

    items: list[ItemT]
    next: str | None = Field(None, description="The cursor of the next page; null at the end")


def page_of(whole: List[ItemT], wanted: Paged) -> List[ItemT]:
    """One page of a complete list. Raises Invalid for a cursor that this list did not return."""
    items, following = part_of(whole.items, wanted)
    return List(items=list(items), next=following)


def part_of(whole: Sequence[ItemT], wanted: Paged) -> tuple[Sequence[ItemT], str | None]:
    """What one page shows of everything, and the cursor of the next page. Raises Invalid for a cursor that no such list returned."""
    start = wanted.cursor or "0"
    if not (start.isascii() and start.isdigit() and len(start) < 10):  # noqa: PLR2004 - digits of a count
        raise Invalid("cursor", "is not a cursor of this list")
    end = int(start) + wanted.limit
    return whole[int(start) : end], str(end) if end < len(whole) else None


def to_schema(schema: type[SchemaT], record: object) -> SchemaT:
    """The schema filled with the record's attributes of the same names."""
    return schema.model_construct(**{name: getattr(record, name) for name in schema.model_fields})


def in_seconds(milliseconds: int) -> float:
    """The duration in seconds."""
    return round(milliseconds / 1000, 3)


def format_time(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


Moment = Annotated[datetime, PlainSerializer(format_time, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A timestamp in a response: `2027-03-01T09:30:00.000Z`."""

When = Annotated[AwareDatetime, Field(description="ISO 8601 with an offset, such as 2027-03-01T09:30:00Z")]
"""A timestamp in a request."""

EARLIER = "Now by default. For admins also earlier than a day ago: it is then marked as imported and triggers nothing"
"""Describes the time of a record that may come from another system."""
Due = Annotated[
    AwareDatetime | date, Field(description="A day such as 2027-03-01, or ISO 8601 with an offset, such as 2027-03-01T09:30:00Z")
]
"""A due date or time in a request."""


def due_at(due: datetime | date | None, zone: tzinfo) -> datetime | None:
    """The due time; a day becomes midnight in the rep's time zone."""
    if due is None or isinstance(due, datetime):
        return due
    return datetime.combine(due, time(), zone)


def in_utc(field: str, moment: datetime | None) -> datetime | None:
    """The time in UTC. Raises Invalid for one outside the supported range, such as `0001-01-01T00:00:00+14:00`."""
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        raise Invalid(field, "is out of range") from None


Id = Annotated[str, Field(min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")]
"""The id of a record: 32 hex digits."""

EXAMPLE_ID = "018f3c5f9a4e7d2c8b1a6e0d3f4c5b6a"
RecordId = Annotated[str, Field(examples=[EXAMPLE_ID], json_schema_extra={"pattern": "^[0-9a-f]{32}$"})]
"""The id of a record in a response, which is not validated."""

Line = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(max_length=20_000)]
