"""Automatic traffic: what does not count as a person's, summed up by kind, reason, network and recipient domain. Pure.

Called by actions.activity.automatic_traffic.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.base.mail_addresses import domain_of
from tracker.domain.activity.event import Event, EventKind, Label
from tracker.rules.verdicts.networks import Networks
from tracker.rules.verdicts.shown_reasons import reasons_against

_MOST = 10
"""Networks and domains that are named."""


class TrafficCause(StrEnum):
    """What caused a request, as far as the numbers distinguish it."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    OWN = "own"
    REPEATED = "repeated"
    UNSURE = "unsure"


class TrafficKind(StrEnum):
    """What was requested. `page` is everything that the snippet reports: views, clicks, forms and downloads."""

    OPEN = "open"
    CLICK = "click"
    PAGE = "page"


_CAUSES = {
    Label.HUMAN: TrafficCause.PERSON,
    Label.PROXY: TrafficCause.PERSON,
    Label.PREFETCH: TrafficCause.AUTOMATIC,
    Label.SCANNER: TrafficCause.AUTOMATIC,
    Label.SELF: TrafficCause.OWN,
    Label.DUPLICATE: TrafficCause.REPEATED,
    Label.UNSURE: TrafficCause.UNSURE,
    Label.UNKNOWN: TrafficCause.UNSURE,
}
_PAGE_KINDS = frozenset({EventKind.VIEW, EventKind.CLICK, EventKind.SUBMIT, EventKind.DOWNLOAD})

Count = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TrafficFilter:
    """Which events are listed; None: any."""

    kind: TrafficKind | None = None
    cause: TrafficCause | None = None
    is_wanted: Callable[[str], bool] | None = None
    """Whether a reason is wanted, by its name; an event is listed for any of its reasons that do not speak for a person."""


@dataclass(frozen=True, slots=True)
class TrafficSummary:
    """Numbers of events. Lists have the largest first; `networks` and `domains` have at most ten rows."""

    counts: Mapping[TrafficKind, Mapping[TrafficCause, int]]
    reasons: tuple[Count, ...]
    """Events that do not count, by each reason that does not speak for a person."""
    networks: tuple[Count, ...]
    """Automatic requests by the mail security company, provider or data centre from which they came, where it is known."""
    domains: tuple[Count, ...]
    """Automatic requests by the domain of the lead's address."""

    def total(self, *causes: TrafficCause) -> int:
        """The number of events of these causes; of all without any."""
        return sum(n for by_cause in self.counts.values() for cause, n in by_cause.items() if not causes or cause in causes)


def cause_of(event: Event) -> TrafficCause:
    """The cause by the event's verdict."""
    return _CAUSES[event.verdict.label]


def kind_of_traffic(event: Event) -> TrafficKind | None:
    """What was requested; None for what a rep, a program or a mail server recorded."""
    if event.kind is EventKind.OPEN:
        return TrafficKind.OPEN
    if event.is_from_mail and event.kind is EventKind.CLICK:
        return TrafficKind.CLICK
    return TrafficKind.PAGE if event.kind in _PAGE_KINDS else None


def summed_up(events: Iterable[Event], addresses: Mapping[str, str], networks: Networks) -> TrafficSummary:
    """The numbers of these events; `addresses` has the email address of each lead."""
    counts = {kind: dict.fromkeys(TrafficCause, 0) for kind in TrafficKind}
    reasons: Counter[str] = Counter()
    vendors: Counter[str] = Counter()
    domains: Counter[str] = Counter()
    for event in events:
        kind, cause = kind_of_traffic(event), cause_of(event)
        if kind is None:
            continue
        counts[kind][cause] += 1
        if cause is not TrafficCause.PERSON:
            reasons.update(reasons_against(event))
        if cause is TrafficCause.AUTOMATIC:
            vendors[networks.of(event.address).vendor if event.address else ""] += 1
            domains[domain_of(addresses.get(event.lead or "", ""))] += 1
    return TrafficSummary(counts, _largest(reasons), _largest(vendors)[:_MOST], _largest(domains)[:_MOST])


def matches(event: Event, wanted: TrafficFilter) -> bool:
    """Whether the event does not count, and passes the filter."""
    kind, cause = kind_of_traffic(event), cause_of(event)
    if kind is None or cause is TrafficCause.PERSON:
        return False
    is_kind, is_cause = wanted.kind in (None, kind), wanted.cause in (None, cause)
    return is_kind and is_cause and (wanted.is_wanted is None or any(map(wanted.is_wanted, reasons_against(event))))


def _largest(counter: Counter[str]) -> tuple[Count, ...]:
    return tuple(sorted(((name, n) for name, n in counter.items() if name), key=lambda row: (-row[1], row[0])))
