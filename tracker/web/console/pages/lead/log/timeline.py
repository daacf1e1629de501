"""The lead's timeline: newest first by day, page views grouped by visit, automatic requests folded. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from tracker.actions.activity.corrections import CORRECTABLE
from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.automation import AUTOMATION
from tracker.domain.pipeline.move import Move
from tracker.domain.pipeline.note import Note
from tracker.rules.page_names import page_name
from tracker.web.console.pages.lead.log.timeline_entry import CAUSES, CauseMenu, Edition, TimelineEntry
from tracker.web.console.pages.lead.log.visit_card import VisitCard
from tracker.web.console.text.dates import heading
from tracker.web.console.text.event_text import EventNames, automatic_reason, icon_of, is_own, sentence_of
from tracker.web.console.text.mail.status_text import status_of
from tracker.web.console.text.reader_text import told_of
from tracker.web.console.text.reason_text import reasons_of

_MACHINE = "machine"
DEFAULT_NOTES = {"call": "Called.", "meeting": "Met.", "chat": "Chatted."}
"""The stored text of a call, meeting or chat that is logged without a note. The timeline does not show it."""
DEFAULT_CALLS = {"no_answer": "No answer.", "left_message": "Left a message.", "call_back": "Asked to be called back."}
"""The same of a call by its result, which the timeline shows."""
_DEFAULTS = frozenset({*DEFAULT_NOTES.values(), *DEFAULT_CALLS.values()})
_RULES = {"message_sent": "because an email was sent", "proposal_sent": "because a proposal was sent"}
"""By the name of the stage rule (rules/stages)."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the timeline, in the rep's zone."""

    heading: str
    entries: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class TimelineContext:
    """Visits, moves and names for the events of one timeline page."""

    visits: Sequence[VisitCard]
    visit_of: Mapping[str, str]
    """Event id → visit id."""
    moves: Sequence[Move]
    names: EventNames
    notes: Mapping[str, Note] = field(default_factory=dict)
    """By the id of their event."""
    lead: Lead | None = None
    """For the name of someone else with the lead's mail."""
    more: Sequence[TimelineEntry] = ()
    """Other lines within the time span of the page."""


def days_of(events: Iterable[Event], context: TimelineContext, zone: tzinfo, now: datetime) -> tuple[Day, ...]:
    """The timeline of these events (any order), newest first."""
    entries = sorted([*_events(events, context), *_moves(context), *context.more], key=lambda e: e.at, reverse=True)
    entries = [_with_note(entry, context, zone, now) if entry.event in context.notes else entry for entry in entries]
    days: list[Day] = []
    for entry in _fold(entries, zone):
        name = heading(entry.at, zone, now)
        if days and days[-1].heading == name:
            days[-1] = replace(days[-1], entries=(*days[-1].entries, entry))
        else:
            days.append(Day(name, (entry,)))
    return tuple(days)


def _with_note(entry: TimelineEntry, context: TimelineContext, zone: tzinfo, now: datetime) -> TimelineEntry:
    """The entry of a note with its id and its earlier editions."""
    note = context.notes[entry.event]
    editions = tuple(
        Edition(
            text=old.text,
            about=", ".join(one.replace("_", " ") for one in (old.kind if old.kind != note.kind else "", old.result or "") if one),
            who="a program"
            if old.changed_by is None
            else "you"
            if old.changed_by == context.names.me
            else context.names.rep_name(old.changed_by),
            when=f"{heading(old.changed_at, zone, now)} {old.changed_at.astimezone(zone):%H:%M}",
        )
        for old in reversed(note.former)
    )
    return replace(entry, record=note.id, editions=editions)


def _events(events: Iterable[Event], context: TimelineContext) -> Iterable[TimelineEntry]:
    cards = {card.id: card for card in context.visits}
    shown = sorted(events, key=lambda e: e.order, reverse=True)
    visits: dict[str, list[Event]] = {}
    for event in shown:
        visits.setdefault(context.visit_of.get(event.id, ""), []).append(event)
    for event in shown:
        visit = context.visit_of.get(event.id, "")
        card = cards.get(visit)
        if card is None:
            yield entry_of(event, context.names, context.lead)
        elif event is visits[visit][0]:
            corrected = next((e for e in visits[visit] if e.correction), event)
            yield TimelineEntry(
                at=event.at,
                icon="live",
                text=card.summary,
                visit=card,
                visited=told_of("Visited your site", context.lead, card.reader),
                cause=cause_menu(corrected),
                event=event.id,
            )


def cause_menu(event: Event) -> CauseMenu | None:
    """The menu of the event; None where its cause is no guess."""
    if event.kind not in CORRECTABLE:
        return None
    choices = tuple((value, label) for value, label in CAUSES.items() if value != event.correction)
    return CauseMenu(event.id, event.correction, choices, is_own(event))


def entry_of(event: Event, names: EventNames, lead: Lead | None = None) -> TimelineEntry:
    """The line of one event, with the reasons why it does not count where it does not. `lead` names someone else's company."""
    if event.verdict.label is Label.UNSURE:
        return replace(_single(event, names, lead), is_unconfirmed=True, reasons=reasons_of(event))
    return _single(event, names, lead) if event.stands else _machine(event, names)


def _single(event: Event, names: EventNames, lead: Lead | None) -> TimelineEntry:
    message = names.messages.get(event.message or "")
    status = status_of(message) if message and event.kind is EventKind.SENT else None
    return TimelineEntry(
        at=event.at,
        icon=icon_of(event, names),
        text=event.kind.value.capitalize() if _is_nameless(event) else told_of(sentence_of(event, names), lead, event.reader),
        note=event.text if event.text and event.text not in _DEFAULTS else "",
        message=event.message if message else None,
        status=status,
        fields=tuple(event.fields.items()) if event.kind is EventKind.SUBMIT else (),
        cause=cause_menu(event),
        event=event.id,
        is_imported=event.is_imported,
    )


def _is_nameless(event: Event) -> bool:
    """Whether it came from another system, which named no one: not even a colleague is known."""
    return event.is_imported and event.rep is None and event.kind in (EventKind.NOTE, EventKind.CALL, EventKind.MEETING, EventKind.CHAT)


def _machine(event: Event, names: EventNames) -> TimelineEntry:
    what = {EventKind.OPEN: "Open of", EventKind.CLICK: "Click in"}.get(event.kind)
    text = (
        f"{what} {names.subject(event.message)}"
        if what and event.message
        else f"{event.kind.value.capitalize()} on {page_name(event.url, event.title)}"
    )
    why = automatic_reason(event, names)
    return TimelineEntry(
        at=event.at,
        icon=_MACHINE,
        text=f"{why[:1].upper()}{why[1:]}: {text[:1].lower()}{text[1:]}" if is_own(event) else text,
        note=why,
        reasons=reasons_of(event),
        cause=cause_menu(event),
        event=event.id,
    )


def _fold(entries: Sequence[TimelineEntry], zone: tzinfo) -> Iterable[TimelineEntry]:
    """Folds consecutive automatic requests of one day into one line."""
    run: list[TimelineEntry] = []
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


def _joined(run: Sequence[TimelineEntry]) -> TimelineEntry:
    reasons = list(dict.fromkeys(entry.note for entry in run))
    more = " and more" if len(reasons) > 2 else ""  # noqa: PLR2004 - two reasons fill a line
    count = "1 automatic request" if len(run) == 1 else f"{len(run)} automatic requests"
    return TimelineEntry(at=run[0].at, icon=_MACHINE, text=f"{count}: {', '.join(reasons[:2])}{more}", folded=tuple(run))


def _moves(context: TimelineContext) -> Iterable[TimelineEntry]:
    for move in context.moves:
        others = {"api": "through the API", AUTOMATION: "by an automation"}
        actor = others.get(move.actor or "") or f"by {context.names.rep_name(move.actor)}"
        known = {"by You": "by you", "by A colleague": "by a colleague"}
        who = _RULES.get(move.rule, "by rule") if move.rule else known.get(actor, actor)
        text = f"Moved to {move.stage}, {who}"
        yield TimelineEntry(
            at=move.at, icon="move", text=text, note=move.reason or "", withdrawn=move.withdrawn, is_imported=move.is_imported
        )
