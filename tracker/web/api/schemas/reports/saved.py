"""Saved report schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.reports.saved_report import SavedReport
from tracker.rules.reports.catalogue import METRICS
from tracker.rules.reports.named_periods import PERIODS
from tracker.web.api.schemas.base import In, Moment, Out

_Key = Annotated[str, Field(max_length=200)]


class SavedReportIn(In):
    """A new saved report."""

    name: Annotated[str, Field(max_length=80, examples=["Wins by source"])]
    report: Annotated[str, Field(max_length=40, description=f"One of {', '.join(METRICS)}")]
    period: Annotated[str, Field(max_length=20, description=f"One of {', '.join(PERIODS)}", examples=["last-month"])]
    group: Annotated[str, Field(max_length=20)] = Field("", description="As of GET /reports/{name}; empty: the usual one")
    filters: Annotated[dict[str, _Key], Field(max_length=20)] = Field({}, description="Keys by group, as of GET /reports/{name}")
    shared: bool = Field(False, description="true: every rep sees the report, each with the leads that they may see")


class SavedReportOut(Out):
    """A saved report."""

    id: str
    name: str
    report: str
    period: str
    group: str
    filters: dict[str, str]
    owner: str | None = Field(description="The rep's id; null if made by a program")
    shared: bool
    created_at: Moment


def saved_out(saved: SavedReport) -> SavedReportOut:
    """A saved report as a response."""
    return SavedReportOut(
        id=saved.id,
        name=saved.name,
        report=saved.report,
        period=saved.period,
        group=saved.group,
        filters=saved.filters,
        owner=saved.rep,
        shared=saved.is_shared,
        created_at=saved.created_at,
    )
