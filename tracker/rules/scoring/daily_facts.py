"""Day facts: what the scoring rules count on each local day. Pure; called by actions.activity.lead_contexts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.pipeline.score import Count, DayFacts
from tracker.domain.workspace.scoring import OwnScoringRule
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules.page_paths import is_on
from tracker.rules.scoring.own_events import own_names
from tracker.rules.scoring.rules import rules_of
from tracker.rules.scoring.touch_lines import line_of

STANDING, PRICING = "_standing", "_pricing"
"""Facts without points that alerts need: any activity of the lead; a view of a pricing page."""

BY_LEAD = frozenset({EventKind.OPEN, EventKind.CLICK, EventKind.VIEW, EventKind.SUBMIT, EventKind.DOWNLOAD, EventKind.REPLY})
"""Kinds of activity of the lead, as opposed to events by reps."""


def is_by_lead(event: Event) -> bool:
    """Whether it is activity of the lead: seen by Leadlight, or recorded by a rep as a touch."""
    return event.kind in BY_LEAD or event.is_touch_by_lead


_OPENS, _CLICKS, _VIEWS = "_open", "_click", "_view"


def day_of(moment: datetime, zone: ZoneInfo, first: str = "") -> str:
    """The local day (ISO date) of the moment, not before `first`: earlier days are sealed."""
    return max(moment.astimezone(zone).date().isoformat(), first)


def first_day(workspace: Workspace, zone: ZoneInfo) -> str:
    """The first day whose facts may still change; empty: any."""
    if workspace.sealed_before is None:
        return ""
    return workspace.sealed_day or day_of(workspace.sealed_before, zone)


def matches(event: Event, policy: Policy, own: Iterable[OwnScoringRule] = ()) -> list[str]:
    """The names of all rules and facts that this event counts for; none if a machine caused it. `own`: the workspace's rules."""
    if not event.stands:
        return []
    names = [*(rule.name for rule in rules_of(event, policy)), *own_names(event, own)]
    if is_by_lead(event) and not event.reader:
        names.append(STANDING)
    if event.kind is EventKind.VIEW:
        names.append(_VIEWS)
        if is_on(event.url, policy.pricing_paths):
            names.append(PRICING)
    if event.is_from_mail and event.kind in (EventKind.OPEN, EventKind.CLICK):
        names.append(_OPENS if event.kind is EventKind.OPEN else _CLICKS)
    return names


def counted(known: Count | None, event: Event) -> Count:
    """The count with one more event, later in canonical order than all before."""
    first = (known.first_at, known.first) if known else (event.at, event.id)
    return Count(known.n + 1 if known else 1, *first, event.at, event.id)


def facts_of(
    lead: str, events: Iterable[Event], zone: ZoneInfo, policy: Policy, first: str = "", own: Sequence[OwnScoringRule] = ()
) -> list[DayFacts]:
    """The day facts of these events, oldest day first; `first` as in `day_of`."""
    days: dict[str, dict[str, Count]] = {}
    lines: dict[str, list[str]] = {}
    for event in sorted(events, key=lambda e: e.order):
        name = day_of(event.at, zone, first)
        day = days.setdefault(name, {})
        if event.stands:
            lines.setdefault(name, []).append(line_of(event))
        for name in matches(event, policy, own):
            day[name] = counted(day.get(name), event)
    return [DayFacts(lead=lead, day=day, counts=counts, touches="\n".join(lines.get(day, ()))) for day, counts in sorted(days.items())]


def joined(lead: str, days: Iterable[DayFacts]) -> list[DayFacts]:
    """The days of several leads who are one, oldest first: what happened on one day counts together, as if one lead had done it."""
    found: dict[str, DayFacts] = {}
    for day in days:
        known = found.get(day.day)
        counts = dict(known.counts) if known else {}
        for name, count in day.counts.items():
            counts[name] = _together(counts[name], count) if name in counts else count
        lines = [*(known.touches.splitlines() if known else ()), *day.touches.splitlines()]
        lines.sort(key=lambda line: int(line.partition(" ")[0]))
        found[day.day] = DayFacts(lead=lead, day=day.day, counts=counts, touches="\n".join(lines))
    return [found[day] for day in sorted(found)]


def _together(one: Count, other: Count) -> Count:
    first = min((one.first_at, one.first), (other.first_at, other.first))
    return Count(one.n + other.n, *first, *max((one.last_at, one.last), (other.last_at, other.last)))


def totals(days: Iterable[DayFacts]) -> dict[str, int]:
    """The total number of opens, clicks and views."""
    sums = {"opens": 0, "clicks": 0, "views": 0}
    for day in days:
        for name, key in (("opens", _OPENS), ("clicks", _CLICKS), ("views", _VIEWS)):
            sums[name] += day.counts[key].n if key in day.counts else 0
    return sums


def last_standing(days: Iterable[DayFacts]) -> datetime | None:
    """The time of the last activity."""
    return max((day.counts[STANDING].last_at for day in days if STANDING in day.counts), default=None)
