"""Identity: the lead that a browser belongs to. Derived from claims on clicks, again whenever an event or a verdict changes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.event import Event, Label
from tracker.domain.activity.visitor import Binding

FRESH = timedelta(minutes=10)
"""A landing token that is presented later than this after its click binds no browser: it was copied."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A browser presented the landing token of a click."""

    event: str
    visitor: str
    click: str
    at: datetime

    @property
    def order(self) -> tuple[datetime, str]:
        """Canonical: by time, then by the landing event."""
        return (self.at, self.event)


class Identity(msgspec.Struct, frozen=True):
    """What is known of one browser."""

    bindings: tuple[Binding, ...]
    forwarded: bool
    """Whether it presented a landing token that another browser had presented first."""


def identities(visitors: Iterable[str], claims: Iterable[Claim], clicks: Mapping[str, Event]) -> dict[str, Identity]:
    """Binds each visitor to the leads whose clicks it was the first to follow, in time order.

    `claims` are all claims on every click that these visitors claimed; `clicks` the click events that exist. A claim
    binds while its click exists, is not a machine's, and was under ten minutes old. Two known leads never merge: a second
    lead's click begins a new binding from then on.
    """
    first: dict[str, Claim] = {}
    for claim in sorted(claims, key=lambda c: c.order):
        first.setdefault(claim.click, claim)
    own: dict[str, list[Claim]] = {visitor: [] for visitor in visitors}
    forwarded = set()
    for claim in sorted(claims, key=lambda c: c.order):
        if claim.visitor not in own:
            continue
        if first[claim.click].visitor != claim.visitor:
            forwarded.add(claim.visitor)
        elif _binds(claim, clicks.get(claim.click)):
            own[claim.visitor].append(claim)
    return {visitor: Identity(_bindings(won, clicks), visitor in forwarded) for visitor, won in own.items()}


def _binds(claim: Claim, click: Event | None) -> bool:
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
        lead = clicks[claim.click].lead
        if lead is not None and (not found or found[-1].lead != lead):
            found.append(Binding(lead=lead, since=claim.at, click=claim.click))
    return tuple(found)


def spans(bindings: tuple[Binding, ...]) -> list[tuple[datetime | None, datetime | None, str | None]]:
    """The visitor's time as (start, end, lead), open at both ends; one span without a lead where nothing binds."""
    if not bindings:
        return [(None, None, None)]
    starts: list[datetime | None] = [None, *(b.since for b in bindings[1:])]
    ends: list[datetime | None] = [*(b.since for b in bindings[1:]), None]
    return [(start, end, b.lead) for start, end, b in zip(starts, ends, bindings, strict=True)]
