"""Patterns among the clicks of one message that no single click shows: bursts, crowds and sweeps. Pure; read by `request`."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from tracker.domain.activity.event import Event
from tracker.rules.verdicts.evidence import MessageEvidence

_CROWD = timedelta(seconds=15)
_SWEEP = timedelta(seconds=90)


def links_within(clicks: Iterable[Event], click: Event, window: timedelta) -> int:
    """The most different links that were followed in any stretch of time of this length that contains the click."""
    return max(len({each.link for each in stretch}) for stretch in _stretches(clicks, click, window))


def is_in_crowd(clicks: Iterable[Event], click: Event) -> bool:
    """Whether three addresses clicked within fifteen seconds, or two that followed several links each."""
    return any(_is_crowd(stretch) for stretch in _stretches(clicks, click, _CROWD))


def is_in_sweep(clicks: Iterable[Event], click: Event, evidence: MessageEvidence) -> bool:
    """Whether one client followed four links or more within 90 s, and no person was seen on any of their pages."""
    own = [each for each in clicks if (each.address, each.agent) == (click.address, click.agent)]
    near = [each for each in own if abs(each.at - click.at) <= _SWEEP]
    landings = [evidence.landings.get(each.id) for each in near]
    if any(landing is not None and (landing.inputs or landing.submitted) for landing in landings):
        return False
    return links_within(near, click, _SWEEP) >= 4  # noqa: PLR2004 - four links


def _stretches(clicks: Iterable[Event], click: Event, window: timedelta) -> list[list[Event]]:
    """The clicks of each stretch of time that begins with a click and contains this one."""
    near = [each for each in clicks if abs(each.at - click.at) <= window]
    starts = {each.at for each in near if each.at <= click.at}
    return [[each for each in near if start <= each.at <= start + window] for start in starts]


def _is_crowd(clicks: Sequence[Event]) -> bool:
    links: dict[str, set[int]] = {}
    for click in clicks:
        links.setdefault(click.address, set()).add(click.link)
    return len(links) >= 3 or sum(len(each) >= 2 for each in links.values()) >= 2  # noqa: PLR2004 - three addresses; two links by two
