"""Loads what browsers did on the site around their clicks and marks, once for all decisions of a batch. Called by message_evidence."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import GAP, Dwell
from tracker.rules.identity import Claim
from tracker.store.store import WorkspaceStore
from workers.recompute.visit_history import BEGINNING, END, Range

VISIT = timedelta(hours=2)
"""Page events so close to a marked one, or to a click, are read with it."""
_NONE = timedelta(0)
_STEP = timedelta(hours=12)
_MOST_READS = 4
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

    def of(self, browsers: Iterable[str]) -> dict[str, list[Event]]:
        """The page events of these browsers: whole visits."""
        return {name: own for name in browsers if (own := self.events.get(name))}


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
    events = {event.id: event for ranges in (near, apart) for event in _whole_visits(store, ranges)}
    found: dict[str, list[Event]] = {}
    for event in sorted(events.values(), key=lambda each: each.order):
        if event.kind in _PAGE_KINDS:
            found.setdefault(event.visitor or "", []).append(event)
    pages = [(e.visitor, e.page) for own in found.values() for e in own if e.visitor and e.page]
    return PageRows(found, store.dwell.of(pages) if pages else {})


def _whole_visits(store: WorkspaceStore, ranges: Mapping[str, Range]) -> list[Event]:
    """The events two hours around the ranges, and on to the ends of the visits there, a day and a half at most."""
    read = {name: around(own) for name, own in ranges.items()}
    found, parts = [], [read]
    for _ in range(_MOST_READS):
        events = [event for part in parts if part for event in store.events.of_visitors(part)]
        found += events
        before: dict[str, Range] = {}
        after: dict[str, Range] = {}
        for event in events:
            name = event.visitor or ""
            start, end = read[name]
            if start <= event.at < shifted(start, GAP):
                before[name] = (shifted(start, -_STEP), start)
            if shifted(end, -GAP) < event.at <= end:
                after[name] = (end, shifted(end, _STEP))
        for name in before.keys() | after.keys():
            read[name] = (before.get(name, read[name])[0], after.get(name, read[name])[1])
        if not before and not after:
            break
        parts = [before, after]
    return found


def around(own: Range) -> Range:
    """The range with two hours on both sides."""
    return shifted(own[0], -VISIT), shifted(own[1], VISIT)


def shifted(moment: datetime, by: timedelta) -> datetime:
    """The moment moved by that much, within all time."""
    return min(max(moment, BEGINNING - min(by, _NONE)), END - max(by, _NONE)) + by
