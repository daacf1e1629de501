"""Visits: runs of page views of one browser with gaps under 30 minutes. Derived; rebuilt when their events change."""

from datetime import datetime, timedelta

import msgspec

GAP = timedelta(minutes=30)
"""A longer silence begins a new visit."""
LONGEST = timedelta(hours=4)
"""For so long beats of a page keep its visit going: whoever comes back to yesterday's tab begins a new visit with the next page."""


class Dwell(msgspec.Struct, frozen=True, kw_only=True):
    """What heartbeats reported of one page view: cumulative values, so that lost, repeated and late heartbeats do no harm."""

    visitor: str
    page: str
    active_ms: int = 0
    scroll: int = 0
    last_at: datetime | None = None
    inputs: int | None = None
    """Trusted pointer, key, touch and wheel events; None where the snippet does not report them."""
    input_ms: int | None = None
    """When the first of them came, in milliseconds after the page view began: the least value."""


class VisitPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page view of a visit."""

    event: str
    page: str | None
    url: str
    title: str | None
    at: datetime
    active_ms: int = 0
    scroll: int = 0
    last_at: datetime | None = None
    """Last sign of life of that page view."""


class VisitAct(msgspec.Struct, frozen=True, kw_only=True):
    """Something done on a page: an outbound click, a download, a submitted form."""

    event: str
    kind: str
    at: datetime
    page: str | None
    url: str | None
    target: str | None = None
    fields: dict[str, str] = {}


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit of one visitor, bound to a lead or anonymous."""

    id: str
    workspace: str
    visitor: str
    lead: str | None
    started_at: datetime
    ended_at: datetime
    pages: tuple[VisitPage, ...]
    acts: tuple[VisitAct, ...] = ()
    click: str | None = None
    """The mail or share-link click that this visit came from."""
    message: str | None = None
    forwarded: bool = False
    """Another browser had shown the same landing token first: perhaps the mail was passed on."""
    agent: str = ""
    referrer: str | None = None

    @property
    def active_ms(self) -> int:
        """Active time over all pages."""
        return sum(page.active_ms for page in self.pages)
