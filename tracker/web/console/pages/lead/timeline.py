"""The lead's timeline: newest first under day headings, pages grouped by visit, machine events folded. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.pipeline.move import Move
from tracker.rules.page_names import page_name
from tracker.web.console.pages.lead.visit_card import VisitCard
from tracker.web.console.text.dates import heading
from tracker.web.console.text.event_text import Known, icon_of, machine_words, sentence_of
from tracker.web.console.text.status_text import Status, status_of

_MACHINE = "machine"
UNSAID = {"call": "Called.", "meeting": "Met.", "chat": "Chatted."}
"""What is kept of a talk that a rep logged without words; the timeline says no more than that it was."""
_RULES = {"message_sent": "because a mail was sent", "proposal_sent": "because a proposal was sent"}
"""By the name of the stage rule (rules/stages) that moved it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. Exactly one of `visit` and `folded` may be filled; else it is an event or a move."""

    at: datetime
    icon: str
    text: str
    note: str = ""
    message: str | None = None
    status: Status | None = None
    fields: tuple[tuple[str, str], ...] = ()
    visit: VisitCard | None = None
    folded: tuple["Entry", ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the timeline, in the rep's zone."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the events of one stretch of a timeline."""

    visits: Sequence[VisitCard]
    visit_of: Mapping[str, str]
    """Event id → visit id."""
    moves: Sequence[Move]
    known: Known


def days_of(events: Iterable[Event], around: Around, zone: tzinfo, now: datetime) -> tuple[Day, ...]:
    """The timeline of these events (any order), newest first."""
    entries = sorted([*_events(events, around), *_moves(around)], key=lambda e: e.at, reverse=True)
    days: list[Day] = []
    for entry in _fold(entries, zone):
        name = heading(entry.at, zone, now)
        if days and days[-1].heading == name:
            days[-1] = replace(days[-1], entries=(*days[-1].entries, entry))
        else:
            days.append(Day(name, (entry,)))
    return tuple(days)


def _events(events: Iterable[Event], around: Around) -> Iterable[Entry]:
    cards = {card.id: card for card in around.visits}
    shown: set[str] = set()
    for event in sorted(events, key=lambda e: e.order, reverse=True):
        card = cards.get(around.visit_of.get(event.id, ""))
        if card is None:
            yield _machine(event, around.known) if not event.stands else _single(event, around.known)
        elif card.id not in shown:
            shown.add(card.id)
            yield Entry(at=event.at, icon="live", text=card.summary, visit=card)


def _single(event: Event, known: Known) -> Entry:
    message = known.messages.get(event.message or "")
    status = status_of(message) if message and event.kind is EventKind.SENT else None
    return Entry(
        at=event.at,
        icon=icon_of(event),
        text=sentence_of(event, known),
        note=event.text if event.text and event.text not in UNSAID.values() else "",
        message=event.message if message else None,
        status=status,
        fields=tuple(event.fields.items()) if event.kind is EventKind.SUBMIT else (),
    )


def _machine(event: Event, known: Known) -> Entry:
    what = {EventKind.OPEN: "Open of", EventKind.CLICK: "Click in"}.get(event.kind)
    text = (
        f"{what} {known.subject(event.message)}"
        if what and event.message
        else f"{event.kind.value.capitalize()} on {page_name(event.url, event.title)}"
    )
    return Entry(at=event.at, icon=_MACHINE, text=text, note=machine_words(event))


def _fold(entries: Sequence[Entry], zone: tzinfo) -> Iterable[Entry]:
    """Joins neighbouring machine events of one day into one line."""
    run: list[Entry] = []
    for entry in entries:
        if run and (entry.icon != _MACHINE or entry.at.astimezone(zone).date() != run[-1].at.astimezone(zone).date()):
            yield _joined(run)
            run = []
        if entry.icon == _MACHINE:
            run.append(entry)
        else:
            yield entry
    if run:
        yield _joined(run)


def _joined(run: Sequence[Entry]) -> Entry:
    reasons = list(dict.fromkeys(entry.note for entry in run))
    more = " and more" if len(reasons) > 2 else ""  # noqa: PLR2004 - two reasons fill a line
    count = "1 machine event" if len(run) == 1 else f"{len(run)} machine events"
    return Entry(at=run[0].at, icon=_MACHINE, text=f"{count}: {', '.join(reasons[:2])}{more}", folded=tuple(run))


def _moves(around: Around) -> Iterable[Entry]:
    for move in around.moves:
        why = move.reason or ""
        who = (
            _RULES.get(move.rule, "by rule")
            if move.rule
            else f"by {around.known.rep_name(move.actor)}".replace("by You", "by you").replace(
                "by A colleague", "by a program" if move.actor == "api" else "by a colleague"
            )
        )
        yield Entry(at=move.at, icon="move", text=f"Moved to {move.stage}, {who}", note=why, withdrawn=move.withdrawn)
