"""Ranges of time in which browsers are decided again, by browser. Used by decide.py and workers.recompute.batch."""

from collections.abc import Iterable, Mapping

from tracker.store.activity.mark import Mark
from workers.recompute.visit_history import Range


def visitor_ranges(marks: Iterable[Mark]) -> dict[str, Range]:
    """The ranges of the marked visitors."""
    found: dict[str, Range] = {}
    for mark in marks:
        if mark.kind == "visitor":
            start, end = found.get(mark.subject, (mark.start, mark.end))
            found[mark.subject] = (min(start, mark.start), max(end, mark.end))
    return found


def joined(ranges: Mapping[str, Range], others: Mapping[str, Range]) -> dict[str, Range]:
    """The ranges of both, by browser; where both have one, the range over both."""
    found = dict(ranges)
    for name, (start, end) in others.items():
        known = found.get(name, (start, end))
        found[name] = (min(known[0], start), max(known[1], end))
    return found
