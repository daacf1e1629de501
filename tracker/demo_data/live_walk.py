"""The pages of a live visit with times and scroll depths. Pure; demo.live_walk plays them against the edge."""

from dataclasses import dataclass
from random import Random

HEARTBEAT_SECONDS = 5.0
"""The interval of heartbeats."""


@dataclass(frozen=True, slots=True)
class PageStop:
    """One page of a visit: seconds of active time, and the scroll depth reached in percent."""

    path: str
    seconds: float
    scroll: int


_WALKS = (
    (PageStop("/product", 11, 60), PageStop("/customers", 13, 45), PageStop("/pricing", 34, 95), PageStop("/contact", 12, 40)),
    (PageStop("/security", 16, 80), PageStop("/pricing", 31, 100), PageStop("/product", 14, 50), PageStop("/pricing", 12, 60)),
    (PageStop("/customers", 14, 70), PageStop("/product", 17, 85), PageStop("/pricing", 38, 90)),
)
SHORTEST, LONGEST = 60, 90
"""The bounds of a visit's length in seconds."""


def page_stops(number: int, links: list[str], rng: Random) -> tuple[PageStop, ...]:
    """The pages of visit `number`, starting at a link of the email and including the pricing page."""
    stops = _WALKS[number % len(_WALKS)]
    first = stops[0].path if stops[0].path in links else links[0]
    rest = stops if first == stops[0].path else (PageStop(first, 9, 50), *stops)
    scale = rng.uniform(0.94, 1.08)
    total = sum(stop.seconds for stop in rest) * scale
    scale *= min(1.0, LONGEST / total) * max(1.0, SHORTEST / total)
    return tuple(PageStop(stop.path, round(stop.seconds * scale, 1), stop.scroll) for stop in rest)


def scroll_at(stop: PageStop, seconds: float) -> int:
    """The scroll depth after so many seconds: fast at first, then slower."""
    share = min(1.0, seconds / stop.seconds)
    return round(stop.scroll * (1 - (1 - share) ** 2))
