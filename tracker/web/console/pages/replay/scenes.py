"""What the replay player plays: visits as scenes, pages for as long as they were read, silences cut short. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from tracker.base.clock import to_ms
from tracker.domain.activity.visit import Visit, VisitPage
from tracker.rules.page_names import page_name, split_url
from tracker.rules.replay_text import length_of
from tracker.web.console.pages.lead.visit_card import act_words, acts_by_page, away_before

GLANCE_MS = 800
"""How long a page is shown of which no active time is known."""
_AWAY_MS = 1200
"""How long a silence is shown, however long it was."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Mark:
    """Something done during a scene, `after` milliseconds of playing."""

    kind: str
    words: str
    after: int


@dataclass(frozen=True, slots=True)
class Scene:
    """One stretch of the replay. `kind` is page, away or between; `ms` is how long it plays at normal speed."""

    kind: str
    visit: int
    page: int
    label: str
    ms: int
    active_ms: int = 0
    at: int = 0
    url: str = ""
    address: str = ""
    origin: str = ""
    scroll: int = 0
    phone: bool = False
    marks: tuple[Mark, ...] = ()


def scenes_of(visits: Sequence[Visit], is_phone: Callable[[str], bool]) -> list[Scene]:
    """The scenes of these visits, which stand oldest first, their dwell filled in; `is_phone` knows an agent string."""
    scenes: list[Scene] = []
    for v, visit in enumerate(visits):
        if v:
            gap = (visit.started_at - visits[v - 1].ended_at).total_seconds()
            scenes.append(Scene(kind="between", visit=v, page=-1, label=_later(gap), ms=_AWAY_MS))
        acts, phone = acts_by_page(visit), is_phone(visit.agent)
        for p, page in enumerate(visit.pages):
            away = away_before(visit.pages, p)
            if away:
                scenes.append(Scene(kind="away", visit=v, page=p, label=f"Away {length_of(away)}", ms=_AWAY_MS))
            host, path = split_url(page.url)
            scenes.append(
                Scene(
                    kind="page",
                    visit=v,
                    page=p,
                    label=page_name(page.url, page.title),
                    ms=page.active_ms or GLANCE_MS,
                    active_ms=page.active_ms,
                    at=to_ms(page.at),
                    url=page.url if is_web(page.url) else "",
                    address=f"{host}{path}",
                    origin=origin_of(page.url),
                    scroll=max(0, min(100, page.scroll)),
                    phone=phone,
                    marks=tuple(Mark(act.kind, act_words(act), _after(page, to_ms(act.at) - to_ms(page.at))) for act in acts[p]),
                )
            )
    return scenes


def plain_of(scenes: Sequence[Scene], frameable: frozenset[str]) -> list[dict[str, Any]]:
    """The scenes as JSON-ready values; `frame` says whether the page is one of the workspace's own sites."""
    return [asdict(scene) | {"frame": bool(scene.url) and scene.origin in frameable} for scene in scenes]


def is_web(url: str) -> bool:
    """Whether this may stand in a link or a frame: http and https, nothing else."""
    return url.lower().startswith(("http://", "https://")) and bool(split_url(url)[0])


def origin_of(url: str) -> str:
    """`https://www.example.com` of an address; empty where there is none."""
    return f"{url.partition(':')[0].lower()}://{split_url(url)[0].lower()}" if is_web(url) else ""


def _after(page: VisitPage, wall_ms: int) -> int:
    """Where on the page's playing time something stands that happened so long after it was opened."""
    played = page.active_ms or GLANCE_MS
    span = round((page.last_at - page.at) / timedelta(milliseconds=1)) if page.last_at else 0
    scaled = wall_ms * played // span if span > played else wall_ms
    return max(0, min(played, scaled))


def _later(seconds: float) -> str:
    for size, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            n = int(seconds // size)
            return f"{n} {unit}{'' if n == 1 else 's'} later"
    return "Right after"
