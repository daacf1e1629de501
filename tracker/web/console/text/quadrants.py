"""The quadrants of fit and engagement as the console shows them. Pure."""

from dataclasses import dataclass

from tracker.domain.pipeline.score import QUADRANT_NAMES, UNRATED


@dataclass(frozen=True, slots=True)
class Quadrant:
    """`tone` is a CSS class; `description` is one sentence."""

    label: str
    tone: str
    description: str


_LOOKS = {
    "call_now": ("tag-accent", "Fits and is interested."),
    "nurture": ("tag-blue", "Fits, but is quiet."),
    "distraction": ("tag-warn", "Active, but unlike your customers."),
    "leave": ("", "Quiet, and unlike your customers."),
    UNRATED: ("", "Add industry, size, budget or country."),
}
QUADRANTS = {name: Quadrant(QUADRANT_NAMES[name], *look) for name, look in _LOOKS.items()}
"""By the value that store and API use."""
_CLOSED = {
    "won": Quadrant("Customer", "tag-accent", "They bought."),
    "lost": Quadrant("Closed", "", "They did not buy."),
}


def quadrant_of(name: str, stage_kind: str) -> Quadrant:
    """What is shown for that quadrant of a lead in a stage of that kind (open, won, lost)."""
    if stage_kind in _CLOSED:
        return _CLOSED[stage_kind]
    return QUADRANTS.get(name, QUADRANTS[UNRATED])
