"""Patterns among the clicks of one message that no single click shows: bursts, crowds and sweeps. Pure; read by `request`."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tracker.domain.activity.event import Event, EventKind
from tracker.rules.verdicts.evidence import MessageEvidence

_CROWD = timedelta(seconds=15)
_SWEEP = timedelta(seconds=90)


class Clicks:
    """All clicks of a message in order of time, so that those near a moment are found without a look at the others."""

    def __init__(self, events: Iterable[Event]) -> None:
        known = tuple(events)
        self._clicks = sorted((event for event in known if event.kind is EventKind.CLICK), key=lambda click: click.order)
        self.repaired = tuple(event for event in known if "repaired" in event.signs)
        """Opens and clicks whose token was repaired."""
        self._moments = [click.at for click in self._clicks]

    def near(self, moment: datetime, window: timedelta) -> list[Event]:
        """Those at most `window` before or after the moment."""
        first, end = bisect_left(self._moments, moment - window), bisect_right(self._moments, moment + window)
        return self._clicks[first:end]


def links_within(clicks: Clicks, click: Event, window: timedelta) -> int:
    """The most different links that were followed in any stretch of time of this length that contains the click."""
    return _most_links(clicks.near(click.at, window), click, window)


def is_in_crowd(clicks: Clicks, click: Event) -> bool:
    """Whether three addresses clicked within fifteen seconds, or two that followed several links each."""
    near = clicks.near(click.at, _CROWD)
    return len({each.address for each in near}) > 1 and any(_is_crowd(stretch) for stretch in _stretches(near, click, _CROWD))


def is_in_sweep(clicks: Clicks, click: Event, evidence: MessageEvidence) -> bool:
    """Whether one client followed four links or more within 90 s, and no person was seen on any of their pages."""
    key = (click.address, click.agent)
    near = [each for each in clicks.near(click.at, _SWEEP) if (each.address, each.agent) == key]
    if len(near) < 4:  # noqa: PLR2004 - four links
        return False
    landings = [evidence.landings.get(each.id) for each in near]
    if any(landing is not None and (landing.inputs or landing.submitted) for landing in landings):
        return False
    return _most_links(near, click, _SWEEP) >= 4  # noqa: PLR2004 - four links


def _most_links(near: Sequence[Event], click: Event, window: timedelta) -> int:
    if len({each.link for each in near}) == 1:
        return 1
    return max(len({each.link for each in stretch}) for stretch in _stretches(near, click, window))


def _stretches(near: Sequence[Event], click: Event, window: timedelta) -> list[list[Event]]:
    """The clicks of each stretch of time that begins with a click and contains this one."""
    starts = {each.at for each in near if each.at <= click.at}
    return [[each for each in near if start <= each.at <= start + window] for start in starts]


def _is_crowd(clicks: Sequence[Event]) -> bool:
    links: dict[str, set[int]] = {}
    for click in clicks:
        links.setdefault(click.address, set()).add(click.link)
    return len(links) >= 3 or sum(len(each) >= 2 for each in links.values()) >= 2  # noqa: PLR2004 - three addresses; two links by two
