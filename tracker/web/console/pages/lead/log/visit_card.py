"""A visit as timeline and replay show it: pages with times, actions and gaps. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.activity.visit import Visit, VisitAct, VisitPage
from tracker.domain.mail.message import Message
from tracker.rules.forms.texts import act_of
from tracker.rules.page_names import page_name, split_url
from tracker.rules.replay import AWAY
from tracker.rules.replay_text import click_text, sentence_of
from tracker.web.console.text.event_text import file_name

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class PageAction:
    """An action on a page. `kind` is click, download or submit."""

    kind: str
    text: str
    at: datetime
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """One page of a visit. `away_ms` is the gap before it; `share` is its time in percent of the longest."""

    name: str
    url: str
    at: datetime
    active_ms: int
    scroll: int
    share: int
    away_ms: int
    acts: tuple[PageAction, ...]
    event: str


@dataclass(frozen=True, slots=True)
class VisitCard:
    """One visit. `origin` says what brought the lead to the site."""

    id: str
    started_at: datetime
    ended_at: datetime
    active_ms: int
    pages: tuple[PageView, ...]
    summary: str
    origin: str
    forwarded: bool
    reader: str | None = None
    """`other` if someone else with the lead's mail came."""


def card_of(visit: Visit, messages: Mapping[str, Message], form_paths: Sequence[str] = ()) -> VisitCard:
    """The card of a visit with its dwell times."""
    return VisitCard(
        id=visit.id,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        active_ms=visit.active_ms,
        pages=_pages(visit),
        summary=sentence_of([visit], form_paths),
        origin=_origin(visit, messages),
        forwarded=visit.forwarded,
        reader=visit.reader,
    )


def acts_by_page(visit: Visit) -> list[list[VisitAct]]:
    """The actions on each page of the visit, matched by page view or else by time."""
    found: list[list[VisitAct]] = [[] for _ in visit.pages]
    by_view = {page.page: i for i, page in enumerate(visit.pages) if page.page}
    for act in visit.acts:
        i = by_view.get(act.page) if act.page else None
        if i is None:
            i = max((n for n, page in enumerate(visit.pages) if page.at <= act.at), default=0)
        if found:
            found[i].append(act)
    return found


def away_before(pages: Sequence[VisitPage], i: int) -> int:
    """Milliseconds without activity before page `i`; 0 below the threshold of `rules.replay`."""
    if i == 0:
        return 0
    gap = pages[i].at - (pages[i - 1].at + timedelta(milliseconds=pages[i - 1].active_ms))
    return round(gap / timedelta(milliseconds=1)) if gap >= AWAY else 0


def action_text(act: VisitAct) -> str:
    """The action as plain text."""
    if act.kind == "submit":
        return act_of(act.form_kind).capitalize() or "Sent the form"
    if act.kind == "download":
        return f"Downloaded {file_name(act.target)}"
    return click_text(act.target, act.text, act.url)


def _pages(visit: Visit) -> tuple[PageView, ...]:
    acts = acts_by_page(visit)
    longest = max((page.active_ms for page in visit.pages), default=0) or 1
    return tuple(
        PageView(
            name=page_name(page.url, page.title),
            url=page.url,
            at=page.at,
            active_ms=page.active_ms,
            scroll=page.scroll,
            share=round(page.active_ms * _WHOLE / longest),
            away_ms=away_before(visit.pages, i),
            acts=tuple(PageAction(kind=act.kind, text=action_text(act), at=act.at, fields=tuple(act.fields.items())) for act in acts[i]),
            event=page.event,
        )
        for i, page in enumerate(visit.pages)
    )


def _origin(visit: Visit, messages: Mapping[str, Message]) -> str:
    message = messages.get(visit.message or "")
    if message:
        return f"from “{message.subject}”"
    if visit.click:
        return "from a link you shared"
    host = split_url(visit.referrer or "")[0]
    own = {split_url(page.url)[0] for page in visit.pages}
    return f"from {host}" if host and host not in own else "directly"
