"""Target schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.actions.reports.targets import MEASURES, PERIODS, TARGETED, TargetProgress
from tracker.domain.reports.target import Target
from tracker.web.api.schemas.base import In, Moment, Out


class TargetIn(In):
    """A new target."""

    report: Annotated[str, Field(max_length=40, description=f"One of {', '.join(TARGETED)}")]
    measure: Annotated[str, Field(max_length=20, description=f"{' or '.join(MEASURES)}; only sales have amounts")]
    period: Annotated[str, Field(max_length=20, description=f"The present one: {', '.join(PERIODS)}")]
    value: Annotated[int, Field(ge=1, le=10**15, description="In minor units of the workspace's currency for an amount")]
    team: Annotated[str, Field(max_length=40)] | None = Field(None, description="The id of a team; null: the whole workspace")


class TargetOut(Out):
    """A target."""

    id: str
    report: str
    measure: str
    period: str
    value: int
    team: str | None
    figure: int | None = Field(description="What was reached so far; null in the answer to POST")
    created_at: Moment


def target_out(target: Target, figure: int | None = None) -> TargetOut:
    """A target as a response."""
    return TargetOut(
        id=target.id,
        report=target.report,
        measure=target.measure,
        period=target.period,
        value=target.value,
        team=target.team,
        figure=figure,
        created_at=target.created_at,
    )


def progress_out(progress: TargetProgress) -> TargetOut:
    """A target with its figure as a response."""
    return target_out(progress.target, progress.figure)
