"""Touches as day facts keep them for reports: what happened on a day, one a line, `<milliseconds> <kind> <page>`. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from tracker.domain.activity.event import Event, EventKind
from tracker.rules.page_paths import page_of

BEFORE = timedelta(days=90)
"""How long before a win a touch counts for it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PARTS = 3


class TouchFact(msgspec.Struct, frozen=True, kw_only=True):
    """One standing event of a lead. `page`: of a page view, without query and fragment."""

    at: datetime
    kind: str
    page: str | None = None


def line_of(event: Event) -> str:
    """The line of a standing event."""
    page = "".join(page_of(event.url).split()) if event.kind is EventKind.VIEW and event.url else ""
    return f"{(event.at - _EPOCH) // _MILLISECOND} {event.kind.value} {page}".rstrip()


def touches_in(lines: str) -> Iterator[TouchFact]:
    """The touches of these lines."""
    for line in lines.splitlines():
        at, kind, page = [*line.split(" "), "", ""][:_PARTS]
        yield TouchFact(at=_EPOCH + timedelta(milliseconds=int(at)), kind=kind, page=page or None)


def before_any(touches: Iterable[TouchFact], moments: Iterable[datetime]) -> list[TouchFact]:
    """Those in time before one of these moments, oldest first: reports count no others."""
    ends = list(moments)
    found = (one for one in touches if any(end - BEFORE <= one.at <= end for end in ends))
    return sorted(found, key=lambda one: (one.at, one.kind, one.page or ""))
