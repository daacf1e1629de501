"""Visits to the demo site as page events, dwell times and claims. Used by demo_data.generator and history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tracker.base.ids import id_of
from tracker.demo_data.context import DemoContext
from tracker.demo_data.pages import BY_PATH, page_url
from tracker.demo_data.scenarios import PageVisit
from tracker.demo_data.values import History, milliseconds
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import Dwell
from tracker.rules.identity import Claim
from tracker.rules.verdicts.first import PERSON


@dataclass(frozen=True, slots=True)
class BrowserProfile:
    """A visitor's browser. `fields` holds the values that the visitor enters into forms."""

    visitor: str
    agent: str
    address: str
    fields: dict[str, str]


def add_visit(
    context: DemoContext,
    into: History,
    browser: BrowserProfile,
    pattern: tuple[PageVisit, ...],
    start: datetime,
    rng: Random,
    click: Event | None = None,
) -> datetime:
    """Adds one visit and returns its end. With `click`, the click leads to the first page."""
    at, referrer = start, None
    for number, view in enumerate(pattern):
        stay = timedelta(seconds=round(BY_PATH[view.path].stay * view.stay * rng.uniform(0.7, 1.3), 1))
        landing = click if number == 0 else None
        event = _viewed(context, browser, view, at, f"{milliseconds(start):x}.{number}", referrer, landing)
        into.events.append(event)
        active = int(stay.total_seconds() * 1000 * rng.uniform(0.75, 0.97))
        into.dwells.append(Dwell(visitor=browser.visitor, page=event.page or "", active_ms=active, scroll=view.scroll, last_at=at + stay))
        if landing:
            into.claims.append(Claim(event=event.id, visitor=browser.visitor, click=landing.id, at=at))
        if view.act == "submit":
            into.events.append(_submitted(event, browser, at + stay * 0.95))
        at, referrer = at + stay, event.url
    return at


def _viewed(
    context: DemoContext, browser: BrowserProfile, view: PageVisit, at: datetime, page: str, referrer: str | None, click: Event | None
) -> Event:
    return Event(
        id=id_of(context.site, browser.visitor, page),
        workspace=context.workspace,
        kind=EventKind.VIEW,
        at=at,
        received=at,
        verdict=PERSON,
        url=page_url(context.origin, view.path),
        site=context.site,
        visitor=browser.visitor,
        page=page,
        title=BY_PATH[view.path].title,
        referrer=referrer,
        landing=click.id if click else None,
        landing_at=click.at if click else None,
        address=browser.address,
        agent=browser.agent,
    )


def _submitted(view: Event, browser: BrowserProfile, at: datetime) -> Event:
    return Event(
        id=id_of(view.site or "", browser.visitor, f"{view.page}.submit"),
        workspace=view.workspace,
        kind=EventKind.SUBMIT,
        at=at,
        received=at,
        verdict=PERSON,
        url=view.url,
        site=view.site,
        visitor=browser.visitor,
        page=view.page,
        title=view.title,
        target="contact",
        fields=browser.fields,
        address=browser.address,
        agent=browser.agent,
    )
