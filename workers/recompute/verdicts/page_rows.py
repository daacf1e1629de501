"""Loads what browsers did on the site around their clicks and marks, once for all decisions of a batch. Called by message_evidence."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.rules.identity import Claim
from tracker.store.store import WorkspaceStore
from workers.recompute.visit_history import BEGINNING, END, Range

VISIT = timedelta(hours=2)
"""Page events so close to a marked one, or to a click, are read with it."""
_NONE = timedelta(0)
_FAR = timedelta(days=1)
"""A mark so far from the clicks is read on its own, not with all that lies between."""
_PAGE_KINDS = frozenset({EventKind.VIEW, EventKind.CLICK, EventKind.SUBMIT, EventKind.DOWNLOAD})


class PageRows(NamedTuple):
    """Page events by browser, and the dwell of their pages by browser and page."""

    events: dict[str, list[Event]]
    dwells: Mapping[tuple[str, str], Dwell]

    def joined(self, other: "PageRows") -> "PageRows":
        """The rows of both; of a browser in both, those of the other."""
        return PageRows({**self.events, **other.events}, {**self.dwells, **other.dwells})

    def within(self, ranges: Mapping[str, Range]) -> dict[str, list[Event]]:
        """The page events of these browsers around the ranges."""
        found = {}
        for name, own in ranges.items():
            start, end = around(own)
            if near := [event for event in self.events.get(name, ()) if start <= event.at <= end]:
                found[name] = near
        return found


def load_page_rows(store: WorkspaceStore, claims: Iterable[Claim], marked: Mapping[str, Range]) -> PageRows:
    """The page events around the clicks that browsers followed, and around the marked ranges."""
    near: dict[str, Range] = {}
    for claim in claims:
        start, end = near.get(claim.visitor, (claim.at, claim.at))
        near[claim.visitor] = (min(start, claim.at), max(end, claim.at))
    apart = {}
    for name, (start, end) in marked.items():
        known = near.get(name, (start, end))
        if start - known[1] > _FAR or known[0] - end > _FAR:
            apart[name] = (start, end)
        else:
            near[name] = (min(known[0], start), max(known[1], end))
    events = {e.id: e for ranges in (near, apart) if ranges for e in store.events.of_visitors({n: around(r) for n, r in ranges.items()})}
    found: dict[str, list[Event]] = {}
    for event in sorted(events.values(), key=lambda each: each.order) if apart else events.values():
        if event.kind in _PAGE_KINDS:
            found.setdefault(event.visitor or "", []).append(event)
    pages = [(e.visitor, e.page) for own in found.values() for e in own if e.visitor and e.page]
    return PageRows(found, store.dwell.of(pages) if pages else {})


def around(own: Range) -> Range:
    """The range with two hours on both sides."""
    return shifted(own[0], -VISIT), shifted(own[1], VISIT)


def shifted(moment: datetime, by: timedelta) -> datetime:
    """The moment moved by that much, within all time."""
    return min(max(moment, BEGINNING - min(by, _NONE)), END - max(by, _NONE)) + by
