"""Values of page events: text on one line, numbers within bounds, times in order, and addresses that name no one. Used by page_events."""

from collections.abc import Iterable

LONGEST_MS = 24 * 3600 * 1000
"""The maximum age of an event, and of the time spent on a page: a day, in milliseconds."""
LONGEST_ADDRESS = 2_048

CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)))
LINE_BREAKS = str.maketrans("\t\n\r", "   ")


def single_line(text: str | None, longest: int) -> str | None:
    """The text cut, without control characters and line breaks."""
    if text is None:
        return None
    cut = text[:longest]
    return cut if cut.isprintable() else cut.translate(CONTROL).translate(LINE_BREAKS)


def clamped(value: float, most: int) -> int:
    """The number without its fraction, from 0 to `most`."""
    return 0 if value < 0 else most if value > most else int(value)


def event_times(ages: Iterable[float], received: int) -> list[int]:
    """The time of each event. Events of the same millisecond are put one millisecond apart, in the order of the batch."""
    taken: set[int] = set()
    found = []
    for age in ages:
        at = received - clamped(age, LONGEST_MS)
        while at in taken:
            at += 1
        taken.add(at)
        found.append(at)
    return found
