"""Replay schemas of responses."""

from pydantic import Field

from tracker.rules.replay import ReplayStep
from tracker.web.api.schemas.base import Moment, Out, in_seconds


class StepOut(Out):
    """One step of a replay."""

    at: Moment
    kind: str = Field(description="view click submit download away")
    url: str | None
    title: str | None
    active_seconds: float = Field(description="Active time on a page; duration of `away`")
    scroll: int
    target: str | None
    text: str | None = Field(description="What stands on a clicked link or button")
    fields: dict[str, str]
    visit: str


class ReplayOut(Out):
    """The steps of visits in order."""

    steps: list[StepOut]


def step_out(step: ReplayStep) -> StepOut:
    """The step as a response."""
    return StepOut.model_construct(
        at=step.at,
        kind=step.kind,
        url=step.url,
        title=step.title,
        active_seconds=in_seconds(step.active_ms),
        scroll=step.scroll,
        target=step.target,
        text=step.text,
        fields=dict(step.fields),
        visit=step.visit,
    )
