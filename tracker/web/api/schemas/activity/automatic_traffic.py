"""Schemas of automatic traffic."""

from typing import Literal

from pydantic import Field

from tracker.actions.activity.automatic_traffic import AutomaticTraffic
from tracker.web.api.cursors import format_cursor
from tracker.web.api.schemas.activity.events import EventOut, event_out
from tracker.web.api.schemas.base import Moment, Out, Paged


class TrafficQuery(Paged):
    """The period, and which events are listed."""

    days: int = Field(30, ge=1, le=30)
    kind: Literal["open", "click", "page"] | None = Field(None, description="open click page")
    cause: Literal["automatic", "own", "repeated", "unsure"] | None = Field(None, description="automatic own repeated unsure")
    reason: str | None = Field(None, max_length=100, description="The name of a reason")


class TrafficCount(Out):
    """Events of one kind, by cause."""

    kind: str = Field(description="open click page; page: views, clicks, forms and downloads")
    person: int
    automatic: int
    own: int = Field(description="Your team's")
    repeated: int = Field(description="The same act again within a second")
    unsure: int


class NamedCount(Out):
    """A number of events, by reason, network or domain."""

    name: str
    events: int


class AutomaticTrafficOut(Out):
    """Numbers of a period, and the events that do not count as a person's."""

    days: int
    since: Moment
    is_complete: bool = Field(description="false: only the latest 20,000 events of the period were read, which began at `since`")
    counts: list[TrafficCount]
    reasons: list[NamedCount] = Field(description="Events that do not count, by each of their reasons")
    networks: list[NamedCount] = Field(description="Automatic requests by mail security company, provider or data centre; at most ten")
    domains: list[NamedCount] = Field(description="Automatic requests by the domain of the lead's address; at most ten")
    items: list[EventOut]
    next: str | None = Field(None, description="The cursor of the next page; null at the end")


def traffic_out(found: AutomaticTraffic, days: int) -> AutomaticTrafficOut:
    """The traffic as a response."""
    counts = [
        TrafficCount(kind=kind.value, **{cause.value: n for cause, n in by_cause.items()})
        for kind, by_cause in found.summary.counts.items()
    ]
    lists = {
        name: [NamedCount(name=key, events=n) for key, n in getattr(found.summary, name)] for name in ("reasons", "networks", "domains")
    }
    return AutomaticTrafficOut(
        days=days,
        since=found.since,
        is_complete=found.is_complete,
        counts=counts,
        **lists,
        items=[event_out(event) for event in found.events],
        next=format_cursor(*found.next) if found.next else None,
    )
