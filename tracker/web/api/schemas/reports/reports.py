"""Report schemas of requests and responses."""

from pydantic import Field

from tracker.web.api.schemas.base import Out, Query


class ReportQuery(Query):
    """The period of a report."""

    days: int = Field(30, ge=1, le=366)


class ReportRow(Out):
    """One row; its members depend on the report."""

    source: str | None = None
    stage: str | None = None
    kind: str | None = None
    day: str | None = None
    leads: int | None = None
    won: int | None = None
    lost: int | None = None
    score: int | None = Field(None, description="Mean score")
    moved_in: int | None = Field(None, description="Moves into the stage within the period")
    counts: dict[str, int] | None = Field(None, description="Number of counted events by kind")
    sales: dict[str, int] | None = Field(None, description="Amount by currency in minor units")


class ReportOut(Out):
    """A report."""

    name: str
    days: int
    items: list[ReportRow]
    next: None = None
