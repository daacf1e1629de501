"""Message engagement: what is known of the opens and clicks of a message. Pure; called by workers.recompute.leads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.mail.message import MessageBrief, Reaction

MACHINE_NAMES = {"apple_privacy_proxy": "Apple Mail", "gmail_prefetch": "Gmail"}
"""Mail programs that load images by themselves, by the reason of the verdict."""


REACTIONS = (EventKind.OPEN, EventKind.CLICK, EventKind.REPLY)
"""The kinds of events that are reactions to a message."""
_AUTOMATIC = frozenset({Label.PREFETCH, Label.SCANNER, Label.UNSURE})
_MOMENTS = tuple(name for name in Reaction.__struct_fields__ if name.endswith("_at"))


def reactions_of(events: Iterable[Event]) -> dict[str, Reaction]:
    """By message: the first open and click that stand (a click implies an open), and the first image that a machine loaded."""
    found: dict[str, Reaction] = {}
    for event in sorted(events, key=lambda e: e.order):
        if event.message and event.kind in REACTIONS:
            known = found.get(event.message, Reaction())
            found[event.message] = _counted(_after(known, event) if event.kind is not EventKind.REPLY else known, event)
    return found


def _counted(known: Reaction, event: Event) -> Reaction:
    """With what reports count."""
    values = {name: event.at for name in _firsts(event) if getattr(known, name) is None}
    return msgspec.structs.replace(known, **values) if values else known


def _firsts(event: Event) -> Iterator[str]:
    if event.stands and event.kind in (EventKind.OPEN, EventKind.REPLY):
        yield "image_at" if event.kind is EventKind.OPEN else "replied_at"
    if event.kind is not EventKind.REPLY and (event.stands or event.verdict.label in _AUTOMATIC):
        yield "any_image_at" if event.kind is EventKind.OPEN else "any_click_at"


def _after(known: Reaction, event: Event) -> Reaction:
    opened, clicked, machine, name = known.opened_at, known.clicked_at, known.machine_at, known.machine_name
    if event.stands:
        opened = opened or event.at
        clicked = clicked or (event.at if event.kind is EventKind.CLICK else None)
    elif event.kind is EventKind.OPEN and event.verdict.label is Label.PREFETCH and machine is None:
        machine = event.at
        name = next((MACHINE_NAMES[r] for r in event.verdict.reasons if r in MACHINE_NAMES), None)
    return msgspec.structs.replace(known, opened_at=opened, clicked_at=clicked, machine_at=machine, machine_name=name)


class Engagement(msgspec.Struct, frozen=True, kw_only=True):
    """One open or click by a person."""

    at: datetime
    reader: str | None = None
    """`other` if someone else did it; empty: the lead."""


class MessageFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The opens and clicks of one message by persons, newest first."""

    opens: tuple[Engagement, ...] = ()
    clicks: dict[int, tuple[Engagement, ...]] = {}
    """By the index of the link."""


def figures_of(events: Iterable[Event]) -> MessageFigures:
    """What persons did with a message; automatic requests, duplicates and the own team do not count."""
    opens: list[Engagement] = []
    clicks: dict[int, list[Engagement]] = defaultdict(list)
    for event in sorted((event for event in events if event.stands), key=lambda e: e.order, reverse=True):
        one = Engagement(at=event.at, reader=event.reader)
        if event.kind is EventKind.OPEN:
            opens.append(one)
        elif event.kind is EventKind.CLICK:
            clicks[event.link].append(one)
    return MessageFigures(opens=tuple(opens), clicks={index: tuple(found) for index, found in clicks.items()})


def with_sealed(known: Reaction, found: Reaction, sealed: datetime) -> Reaction:
    """What is found in the events that are left, with what was known of before `sealed`, where events may be forgotten."""
    firsts = {name: getattr(known, name) for name in _MOMENTS}
    kept = {name: moment for name, moment in firsts.items() if moment is not None and moment < sealed}
    if "machine_at" in kept:
        kept["machine_name"] = known.machine_name
    return msgspec.structs.replace(found, **kept)


def opened_before(messages: Iterable[MessageBrief], sealed: datetime | None) -> set[str]:
    """The messages that were first opened before `sealed`, where the open itself may be forgotten."""
    return {m.id for m in messages if sealed and m.reaction.opened_at and m.reaction.opened_at < sealed}
