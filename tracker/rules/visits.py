"""Visits from page events: a run with gaps under 30 minutes, of one lead. Pure; called by workers.recompute.visits."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from tracker.base.ids import id_of
from tracker.domain.activity.event import Event, EventKind
from tracker.domain.activity.visit import GAP, LONGEST, Dwell, Visit, VisitAct, VisitPage

Dwells = Mapping[tuple[str, str], Dwell]


FORGETS_AFTER = timedelta(days=7)
"""Safari deletes what a script stored after seven days of use without interaction with the site."""


def may_be_undercounted(visits: Iterable[Visit], now: datetime) -> bool:
    """Whether Safari may have forgotten one of the lead's browsers: its last visit is longer ago. Later ones are then anonymous,
    until the next click in a mail.
    """
    last: dict[str, Visit] = {}
    for visit in visits:
        if visit.visitor not in last or last[visit.visitor].ended_at < visit.ended_at:
            last[visit.visitor] = visit
    return any(_forgets(visit.agent) and now - visit.ended_at > FORGETS_AFTER for visit in last.values())


def _forgets(agent: str) -> bool:
    """Whether it is Safari, or another browser on iOS, which all have Safari's engine."""
    if "iPhone" in agent or "iPad" in agent:
        return True
    return "Safari/" in agent and "Macintosh" in agent and "Version/" in agent and "Chrom" not in agent


def visits_of(events: Iterable[Event], dwells: Dwells, clicks: Mapping[str, Event], *, forwarded: bool = False) -> list[Visit]:
    """The visits of one visitor's page events, oldest first; `clicks` are the clicks its landings name."""
    ordered = sorted((e for e in events if e.stands), key=lambda e: e.order)
    return [
        _visit(run, dwells, clicks, forwarded=forwarded) for run in _runs(ordered, dwells) if any(e.kind is EventKind.VIEW for e in run)
    ]


def _runs(events: Sequence[Event], dwells: Dwells) -> list[list[Event]]:
    """Splits the events after half an hour without activity, and where the lead or the reader changes."""
    runs: list[list[Event]] = []
    last: datetime | None = None
    for event in events:
        if last is None or event.at - last >= GAP or (event.lead, event.reader) != (runs[-1][-1].lead, runs[-1][-1].reader):
            runs.append([])
        runs[-1].append(event)
        alive = last_sign(event, dwells)
        last = alive if last is None else max(last, alive)
    return runs


def last_sign(event: Event, dwells: Dwells) -> datetime:
    """The time of the event, or of the last heartbeat of its page, at most `LONGEST` after the event."""
    dwell = dwells.get((event.visitor or "", event.page or ""))
    return max(event.at, min(dwell.last_at, event.at + LONGEST)) if dwell and dwell.last_at else event.at


def _visit(run: list[Event], dwells: Dwells, clicks: Mapping[str, Event], *, forwarded: bool) -> Visit:
    first = run[0]
    pages = tuple(_page(e, dwells) for e in run if e.kind is EventKind.VIEW)
    acts = tuple(_act(e) for e in run if e.kind is not EventKind.VIEW)
    landing = next((e.landing for e in run if e.landing), None)
    click = clicks.get(landing) if landing else None
    return Visit(
        id=id_of(first.workspace, first.visitor or "", first.id),
        workspace=first.workspace,
        visitor=first.visitor or "",
        lead=first.lead,
        reader=first.reader,
        started_at=first.at,
        ended_at=max(last_sign(event, dwells) for event in run),
        pages=pages,
        acts=acts,
        click=click.id if click else None,
        message=click.message if click else None,
        forwarded=forwarded and first.lead is None,
        agent=first.agent,
        referrer=first.referrer,
    )


def _page(event: Event, dwells: Dwells) -> VisitPage:
    dwell = dwells.get((event.visitor or "", event.page or ""))
    return VisitPage(
        event=event.id,
        page=event.page,
        url=event.url or "",
        title=event.title,
        at=event.at,
        active_ms=dwell.active_ms if dwell else 0,
        scroll=dwell.scroll if dwell else 0,
        last_at=dwell.last_at if dwell else None,
    )


def _act(event: Event) -> VisitAct:
    return VisitAct(
        event=event.id,
        kind=event.kind.value,
        at=event.at,
        page=event.page,
        url=event.url,
        target=event.target,
        text=event.text,
        fields=event.fields,
        form_kind=event.form_kind,
    )
