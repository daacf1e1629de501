"""The script of a live walk: which pages, how long, how far down. Pure; played by demo.walker against the real edge."""

from dataclasses import dataclass
from random import Random

BEAT_SECONDS = 5.0
"""How often a walker's page tells that it is being read."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of a walk: seconds of active reading, and the scroll depth reached (0 to 100)."""

    path: str
    seconds: float
    scroll: int


_WALKS = (
    (Stop("/product", 11, 60), Stop("/customers", 13, 45), Stop("/pricing", 34, 95), Stop("/contact", 12, 40)),
    (Stop("/security", 16, 80), Stop("/pricing", 31, 100), Stop("/product", 14, 50), Stop("/pricing", 12, 60)),
    (Stop("/customers", 14, 70), Stop("/product", 17, 85), Stop("/pricing", 38, 90)),
)
SHORTEST, LONGEST = 60, 90
"""Seconds that a walk takes."""


def walk_script(number: int, links: list[str], rng: Random) -> tuple[Stop, ...]:
    """The stops of walk `number`, starting where one of the mail's links leads; always with the pricing page in it."""
    stops = _WALKS[number % len(_WALKS)]
    first = stops[0].path if stops[0].path in links else links[0]
    rest = stops if first == stops[0].path else (Stop(first, 9, 50), *stops)
    scale = rng.uniform(0.94, 1.08)
    total = sum(stop.seconds for stop in rest) * scale
    scale *= min(1.0, LONGEST / total) * max(1.0, SHORTEST / total)
    return tuple(Stop(stop.path, round(stop.seconds * scale, 1), stop.scroll) for stop in rest)


def scroll_at(stop: Stop, seconds: float) -> int:
    """How far down a reader is after so many seconds: quickly at first, then slowly."""
    share = min(1.0, seconds / stop.seconds)
    return round(stop.scroll * (1 - (1 - share) ** 2))
