"""Replay steps of a visit: what the lead looked at, in order, as the API and the player show it. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.visit import Visit, VisitAct, VisitPage


class ReplayStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. `kind` is view, click, submit, download, or away (a gap; `active_ms` is its length)."""

    at: datetime
    kind: str
    url: str | None = None
    title: str | None = None
    active_ms: int = 0
    scroll: int = 0
    target: str | None = None
    text: str | None = None
    """What stands on a clicked link or button."""
    fields: dict[str, str] = {}
    visit: str = ""
    page: str | None = None


AWAY = timedelta(seconds=15)
"""Inactive time on a page from which it is shown as a gap."""


def steps_of(visit: Visit) -> list[ReplayStep]:
    """The visit's steps, oldest first; an inactive time of 15 seconds or more becomes an `away` step."""
    steps = [*(_view(page, visit) for page in visit.pages), *(_act(act, visit) for act in visit.acts), *_gaps(visit)]
    return sorted(steps, key=lambda step: (step.at, step.kind == "away", step.kind))


def steps_of_all(visits: Iterable[Visit]) -> list[ReplayStep]:
    """The steps of several visits, oldest first."""
    return [step for visit in sorted(visits, key=lambda v: v.started_at) for step in steps_of(visit)]


def _view(page: VisitPage, visit: Visit) -> ReplayStep:
    return ReplayStep(
        at=page.at,
        kind="view",
        url=page.url,
        title=page.title,
        active_ms=page.active_ms,
        scroll=page.scroll,
        visit=visit.id,
        page=page.page,
    )


def _act(act: VisitAct, visit: Visit) -> ReplayStep:
    return ReplayStep(
        at=act.at, kind=act.kind, url=act.url, target=act.target, text=act.text, fields=act.fields, visit=visit.id, page=act.page
    )


def _gaps(visit: Visit) -> list[ReplayStep]:
    """The inactive times between one page and the next."""
    found = []
    for page, following in zip(visit.pages, visit.pages[1:], strict=False):
        left = page.at + timedelta(milliseconds=page.active_ms)
        if following.at - left >= AWAY:
            length = round((following.at - left) / timedelta(milliseconds=1))
            found.append(ReplayStep(at=left, kind="away", url=page.url, title=page.title, active_ms=length, visit=visit.id, page=page.page))
    return found
