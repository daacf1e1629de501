"""Watched page schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.alerting.watched_page import WatchedPage
from tracker.web.api.schemas.base import In, Line, Moment, Out


class WatchedPageIn(In):
    """A page to be alerted about."""

    url: Annotated[str, Field(max_length=2048)] = Field(description="Query and fragment do not matter")
    title: Line | None = Field(None, description="What to call it; by default the last part of its path")
    team: bool | None = Field(
        None,
        description="true: alerts about every lead, for admins. false: about the caller's own leads. By default true for a key of no rep",
    )


class WatchedPageOut(Out):
    """A page whose views cause an alert."""

    id: str
    rep: str | None = Field(description="Alerts are about this rep's leads; empty: about every lead")
    url: str
    name: str
    since: Moment


def watched_page_out(page: WatchedPage) -> WatchedPageOut:
    """The page as a response."""
    return WatchedPageOut.model_construct(id=page.id, rep=page.rep, url=page.url, name=page.name, since=page.periods[-1].since)
