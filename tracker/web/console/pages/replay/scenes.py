"""The scenes of a replay: pages with their active time, shortened gaps, actions. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from tracker.base.clock import to_ms
from tracker.domain.activity.visit import Visit, VisitPage
from tracker.links.confidential import has_removed_parts
from tracker.rules.page_names import page_name, split_url
from tracker.rules.replay_text import length_of
from tracker.web.console.pages.lead.log.visit_card import action_text, acts_by_page, away_before

GLANCE_MS = 800
"""How long a page without active time is shown."""
_AWAY_MS = 1200
"""How long a gap is shown, whatever its length."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Mark:
    """An action in a scene, after `after` milliseconds of playback."""

    kind: str
    text: str
    after: int


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene. `kind` is page, away or between; `ms` is its length at normal speed."""

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
    """The scenes of these visits, given oldest first with dwell times. `is_phone` classifies a user agent."""
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
                    url=page.url if is_web(page.url) and not has_removed_parts(page.url) else "",
                    address=f"{host}{path}",
                    origin=origin_of(page.url),
                    scroll=max(0, min(100, page.scroll)),
                    phone=phone,
                    marks=tuple(Mark(act.kind, action_text(act), _after(page, to_ms(act.at) - to_ms(page.at))) for act in acts[p]),
                )
            )
    return scenes


def plain_of(scenes: Sequence[Scene], frameable: frozenset[str]) -> list[dict[str, Any]]:
    """The scenes as JSON-ready values; `frame` says whether the page is one of the workspace's own sites."""
    return [asdict(scene) | {"frame": bool(scene.url) and scene.origin in frameable} for scene in scenes]


def is_web(url: str) -> bool:
    """Whether the URL is http or https, and so safe in a link or frame."""
    return url.lower().startswith(("http://", "https://")) and bool(split_url(url)[0])


def origin_of(url: str) -> str:
    """The origin of a URL, such as `https://www.example.com`, or an empty string."""
    return f"{url.partition(':')[0].lower()}://{split_url(url)[0].lower()}" if is_web(url) else ""


def _after(page: VisitPage, wall_ms: int) -> int:
    """The playback position of an action that happened `wall_ms` after the page was opened."""
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
