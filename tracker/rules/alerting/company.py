"""Several people of one company on the site: who they are and what the alert says. Pure; called by actions.alerting.company_alerts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import GAP
from tracker.rules.alerting.shorten import shorten
from tracker.rules.alerting.title import LONGEST_TITLE

FEWEST = 2
"""People who make an alert."""
ON_SITE = frozenset({EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD})
_MOST_NAMED = 3
_LONGEST_NAME = 40

Person = tuple[str, str | None]
"""A lead, or (`reader` is set) someone else who came with the lead's mail."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """The first time on a local day that several people of a company were on the site within 30 minutes of each other."""

    day: str
    cause: Event
    """With it, the second of them came, or the last of as many as a rule asks for."""
    people: tuple[Person, ...]
    """All of the run of visits, in the order in which they came."""
    events: tuple[Event, ...]
    """The run."""


def gatherings_of(events: Iterable[Event], zone: tzinfo, fewest: int = FEWEST) -> list[Gathering]:
    """One for each local day that has any of so many people. The order of the events does not matter; only those that stand count."""
    found: dict[str, Gathering] = {}
    for run in _runs(events):
        gathering = _gathering(run, zone, fewest)
        if gathering is not None:
            found.setdefault(gathering.day, gathering)
    return list(found.values())


def _runs(events: Iterable[Event]) -> list[list[Event]]:
    """The standing events on the site in runs with gaps under 30 minutes, oldest first."""
    runs: list[list[Event]] = []
    for event in sorted((e for e in events if e.stands and e.kind in ON_SITE and e.lead), key=lambda e: e.order):
        if not runs or event.at - runs[-1][-1].at >= GAP:
            runs.append([])
        runs[-1].append(event)
    return runs


def _gathering(run: Sequence[Event], zone: tzinfo, fewest: int) -> Gathering | None:
    """The run from the event with which so many people were there within 30 minutes."""
    last: dict[Person, datetime] = {}
    cause: Event | None = None
    for event in run:
        last[(event.lead or "", event.reader)] = event.at
        if cause is None and sum(event.at - at < GAP for at in last.values()) >= fewest:
            cause = event
    if cause is None:
        return None
    # In the order of arrival, which is that of the dictionary.
    people = tuple(person for person, at in last.items() if at > cause.at - GAP)
    return Gathering(cause.at.astimezone(zone).date().isoformat(), cause, people, tuple(run))


def company_title(company: str, people: Sequence[Person], *, past: str = "") -> str:
    """`3 people at Acme Foods are on your site`, at most 45 characters; with a time as `past`, `… were on your site, 14:02`."""
    head = f"{len(people)} people at "
    tail = f" were on your site, {past}" if past else " are on your site"
    return f"{head}{shorten(company, LONGEST_TITLE - len(head) - len(tail))}{tail}"


def company_text(people: Sequence[Person], names: Mapping[str, str], subjects: Sequence[str]) -> str:
    """`Dana Whitfield, Tom Reyes and a new visitor. “Offer v2” was probably forwarded.`"""
    named = [shorten(names[lead], _LONGEST_NAME) for lead, reader in people if reader is None]
    others = len(people) - len(named)
    shown = named[:_MOST_NAMED]
    if more := len(named) - len(shown):
        shown.append(f"{more} more")
    if others:
        shown.append("a new visitor" if others == 1 else f"{others} new visitors")
    text = f"{', '.join(shown[:-1])} and {shown[-1]}." if len(shown) > 1 else f"{shown[0]}."
    forwarded = " and ".join(f"“{shorten(subject, 30)}”" for subject in subjects[:2])
    return f"{text} {forwarded} {'was' if len(subjects) == 1 else 'were'} probably forwarded." if forwarded else text
