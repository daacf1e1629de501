"""Schema of the history of a lead's source."""

from pydantic import Field

from tracker.domain.pipeline.source_change import SourceChange
from tracker.web.api.schemas.base import Moment, Out


class SourceChangeOut(Out):
    """One change of the source or its detail."""

    at: Moment
    by: str = Field(description="A rep's id, or `api`", examples=["api"])
    old_source: str | None = Field(examples=["Web form"])
    old_source_detail: str | None = Field(examples=["Contact page"])
    source: str | None = Field(examples=["Trade fair"])
    source_detail: str | None = Field(examples=["Hall 4"])


def source_change_out(change: SourceChange) -> SourceChangeOut:
    """The change as a response."""
    return SourceChangeOut.model_construct(
        at=change.at,
        by=change.actor,
        old_source=change.old_source,
        old_source_detail=change.old_detail,
        source=change.source,
        source_detail=change.detail,
    )
