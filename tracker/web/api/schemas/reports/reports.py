"""Reports in answers."""

from pydantic import Field

from tracker.web.api.schemas.base import Out, Query


class ReportQuery(Query):
    """Over how many days."""

    days: int = Field(30, ge=1, le=366)


class ReportRow(Out):
    """One row; which members it has depends on the report."""

    source: str | None = None
    stage: str | None = None
    kind: str | None = None
    day: str | None = None
    leads: int | None = None
    won: int | None = None
    lost: int | None = None
    score: int | None = Field(None, description="Mean score")
    moved_in: int | None = Field(None, description="Moves into the stage within the days asked for")
    counts: dict[str, int] | None = Field(None, description="Events that count, by kind")
    sales: dict[str, int] | None = Field(None, description="Minor units by currency")


class ReportOut(Out):
    """A report."""

    name: str
    days: int
    items: list[ReportRow]
    next: None = None
