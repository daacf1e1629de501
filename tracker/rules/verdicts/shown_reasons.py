"""Which reasons of a verdict explain it: a machine's omit what speaks for a person; unsure ones show both sides. Pure."""

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.rules.verdicts.pages import PAGE_REASONS
from tracker.rules.verdicts.reasons import REASONS

_CLICKS = {reason.name: reason.clicks for reason in REASONS if reason.clicks is not None}
_OPENS = {reason.name: reason.opens for reason in REASONS if reason.opens is not None}
_PAGES = {reason.name: reason.points for reason in PAGE_REASONS}


def shown_reasons(event: Event) -> tuple[str, ...]:
    """The names of the reasons that explain why the event does not count, or counts, in their order."""
    return event.verdict.reasons if event.verdict.label is Label.UNSURE else reasons_against(event)


def reasons_against(event: Event) -> tuple[str, ...]:
    """The names of the reasons that do not speak for a person, in their order."""
    points = _points(event)
    return tuple(name for name in event.verdict.reasons if points.get(name, 0) >= 0)


def _points(event: Event) -> dict[str, int]:
    if event.kind is EventKind.OPEN:
        return _OPENS
    return _CLICKS if event.is_from_mail else _PAGES
