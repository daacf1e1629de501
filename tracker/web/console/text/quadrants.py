"""The four quadrants of fit and engagement in the words of the console."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quadrant:
    """`why` says what the word means."""

    word: str
    tone: str
    why: str


QUADRANTS = {
    "call_now": Quadrant("Call now", "tag-accent", "Fits you, and is interested."),
    "nurture": Quadrant("Nurture", "tag-blue", "Fits you, but shows little interest yet."),
    "distraction": Quadrant("Distraction", "tag-warn", "Interested, but does not fit you."),
    "leave": Quadrant("Leave", "", "Neither fits nor shows interest."),
}


def quadrant_of(name: str) -> Quadrant:
    """The quadrant of that name; an unknown one is left alone."""
    return QUADRANTS.get(name, QUADRANTS["leave"])
