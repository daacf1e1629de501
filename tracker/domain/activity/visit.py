"""Visits: runs of page views of one browser with gaps under 30 minutes. Derived; rebuilt when their events change."""

from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.form import FormKind

GAP = timedelta(minutes=30)
"""A longer gap starts a new visit."""
LONGEST = timedelta(hours=4)
"""Heartbeats extend a visit for this long; after that, the next page view of an old tab starts a new visit."""


class Dwell(msgspec.Struct, frozen=True, kw_only=True):
    """The cumulative values of a page view's heartbeats, unaffected by lost, repeated and late ones."""

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
    """The last activity of the page view."""


class VisitAct(msgspec.Struct, frozen=True, kw_only=True):
    """An action on a page: a click on a link or button, a download, a submitted form."""

    event: str
    kind: str
    at: datetime
    page: str | None
    url: str | None
    target: str | None = None
    text: str | None = None
    """What stands on the clicked link or button."""
    fields: dict[str, str] = {}
    form_kind: FormKind | None = None
    """The kind of a sent form; empty counts as an inquiry."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit of one visitor, bound to a lead or anonymous."""

    id: str
    workspace: str
    visitor: str
    lead: str | None
    reader: str | None = None
    """`other` if the visitor is someone else with the lead's mail; None: the lead, or anonymous."""
    started_at: datetime
    ended_at: datetime
    pages: tuple[VisitPage, ...]
    acts: tuple[VisitAct, ...] = ()
    click: str | None = None
    """The mail or share-link click that this visit came from."""
    message: str | None = None
    forwarded: bool = False
    """Another browser presented the same landing token first: the mail may have been forwarded."""
    agent: str = ""
    referrer: str | None = None

    @property
    def active_ms(self) -> int:
        """Active time over all pages."""
        return sum(page.active_ms for page in self.pages)
