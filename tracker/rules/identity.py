"""Identity: the lead that a browser belongs to. Derived from claims on clicks, again whenever an event or a verdict changes."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracker.domain.activity.event import Event, Label
from tracker.domain.activity.own_browser import OWN, marked_at, unmarked_at
from tracker.domain.activity.visitor import Binding
from tracker.rules.verdicts.request import prefix_of

FRESH = timedelta(minutes=10)
"""A landing token that is presented later than this after its click binds no browser: it was copied."""

_AGENT = 12


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A browser presented the landing token of a click, or a person gave an email address in a form.

    Of a form, `event` and `click` are the event that sent it, and `lead` is whose address it is.
    """

    event: str
    visitor: str
    click: str
    at: datetime
    device: str = ""
    """`device_of` the landing event; empty in claims of older versions."""
    lead: str | None = None
    """The lead who sent the form; None for a landing token."""

    @property
    def order(self) -> tuple[datetime, str]:
        """Canonical: by time, then by the landing event."""
        return (self.at, self.event)


class Identity(msgspec.Struct, frozen=True):
    """What is known of one browser."""

    bindings: tuple[Binding, ...]
    forwarded: bool
    """Whether it presented a landing token that another browser had presented first."""
    own: bool = False
    """Whether it is a rep's: it was the first to follow a click with the rep's signed mark, or *Mark this browser*; not if it
    was the first to follow *Remove the mark* since."""


class Span(NamedTuple):
    """A stretch of a visitor's time, without its end; None: open."""

    start: datetime | None
    end: datetime | None
    lead: str | None
    reader: str | None = None
    """`other` if the visitor is someone else with the lead's mail."""


def identities(visitors: Iterable[str], claims: Iterable[Claim], clicks: Mapping[str, Event]) -> dict[str, Identity]:
    """Binds each visitor to the leads whose clicks it was the first to follow, in time order.

    `claims` are all claims on every click that these visitors claimed; `clicks` the click events that exist. A claim
    binds while its click exists, is not a machine's, and was under ten minutes old. Two known leads never merge: a second
    lead's click begins a new binding from then on. A rep's browser is bound by clicks in test mails only.
    """
    first: dict[str, Claim] = {}
    for claim in sorted(claims, key=lambda c: c.order):
        first.setdefault(claim.click, claim)
    own: dict[str, list[Claim]] = {visitor: [] for visitor in visitors}
    forwarded, reps = set(), set()
    for claim in sorted(claims, key=lambda c: c.order):
        if claim.visitor not in own:
            continue
        if first[claim.click].visitor != claim.visitor:
            forwarded.add(claim.visitor)
        elif _binds(claim, clicks.get(claim.click)):
            own[claim.visitor].append(claim)
        elif _marks(claim, clicks.get(claim.click)):
            reps.add(claim.visitor)
        elif _unmarks(claim):
            reps.discard(claim.visitor)
    for visitor in reps:
        own[visitor] = [claim for claim in own[visitor] if is_test(clicks[claim.click])]
    return {visitor: Identity(_bindings(won, clicks), visitor in forwarded, visitor in reps) for visitor, won in own.items()}


def is_test(click: Event) -> bool:
    """Whether a click counts although it carries the mark of a rep: it is in a test mail, and no rep corrected it."""
    return OWN in click.signs and click.correction is None and click.stands


def _marks(claim: Claim, click: Event | None) -> bool:
    """Whether the claim shows that the browser is a rep's: only by the signed mark, never by what a verdict supposes.

    Another program or network than the click's shows that the address was copied.
    """
    if (marked := marked_at(claim.click)) is not None:
        return abs(claim.at - marked) < FRESH
    if click is None or OWN not in click.signs or click.verdict.label is not Label.SELF:
        return False
    return abs(claim.at - click.at) < FRESH and is_same_device(claim.device, device_of(click.agent, click.address))


def _unmarks(claim: Claim) -> bool:
    removed = unmarked_at(claim.click)
    return removed is not None and abs(claim.at - removed) < FRESH


def device_of(agent: str, address: str) -> str:
    """A short text for the program and the network of a request, to compare by `is_same_device`."""
    return f"{hashlib.sha256(agent.encode()).hexdigest()[:_AGENT]} {prefix_of(address)}"


def is_same_device(one: str, other: str) -> bool:
    """Whether two requests may come from one browser. A network says nothing if it is unknown, or of the other version of IP."""
    if not one or not other:
        return True
    (agent, _, network), (other_agent, _, other_network) = one.partition(" "), other.partition(" ")
    is_comparable = network[:2] == other_network[:2] and network != ""
    return agent == other_agent and (network == other_network or not is_comparable)


def _binds(claim: Claim, click: Event | None) -> bool:
    if claim.lead is not None:
        return click is not None and click.stands and click.is_inquiry
    # Of two clicks within a second, one is a duplicate; the person is the same for both.
    return (
        click is not None
        and (click.stands or click.verdict.label is Label.DUPLICATE)
        and click.lead is not None
        and abs(claim.at - click.at) < FRESH
    )


def _bindings(claims: list[Claim], clicks: Mapping[str, Event]) -> tuple[Binding, ...]:
    found: list[Binding] = []
    for claim in claims:
        click = clicks[claim.click]
        lead, reader = (claim.lead, None) if claim.lead is not None else (click.lead, click.reader)
        if lead is not None and (not found or (found[-1].lead, found[-1].reader) != (lead, reader)):
            found.append(Binding(lead=lead, since=claim.at, click=claim.click, reader=reader))
    return tuple(found)


def spans(bindings: tuple[Binding, ...]) -> list[Span]:
    """The visitor's time, open at both ends; one span without a lead where nothing binds."""
    if not bindings:
        return [Span(None, None, None)]
    starts: list[datetime | None] = [None, *(b.since for b in bindings[1:])]
    ends: list[datetime | None] = [*(b.since for b in bindings[1:]), None]
    return [Span(start, end, b.lead, b.reader) for start, end, b in zip(starts, ends, bindings, strict=True)]
