"""Visit schemas of responses."""

from pydantic import Field

from tracker.domain.activity.visit import Visit
from tracker.web.api.schemas.base import Moment, Out, in_seconds


class PageOut(Out):
    """A page of a visit."""

    url: str
    title: str | None
    at: Moment
    active_seconds: float
    scroll: int = Field(description="Maximum scroll depth in percent")


class VisitOut(Out):
    """A series of page views with gaps under 30 minutes."""

    id: str
    lead: str | None
    visitor: str
    reader: str | None = Field(description="other: someone else with the lead's mail, which was forwarded; null: the lead")
    message: str | None
    started_at: Moment
    ended_at: Moment
    active_seconds: float
    forwarded: bool
    pages: list[PageOut]


def visit_out(visit: Visit) -> VisitOut:
    """The visit as a response."""
    pages = [
        PageOut.model_construct(url=p.url, title=p.title, at=p.at, active_seconds=in_seconds(p.active_ms), scroll=p.scroll)
        for p in visit.pages
    ]
    return VisitOut.model_construct(
        id=visit.id,
        lead=visit.lead,
        visitor=visit.visitor,
        reader=visit.reader,
        message=visit.message,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        active_seconds=in_seconds(visit.active_ms),
        forwarded=visit.forwarded,
        pages=pages,
    )
