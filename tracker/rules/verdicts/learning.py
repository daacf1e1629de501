"""What settled verdicts say of a recipient domain's scanner: one summary for each day, and a profile from sixty of them.

Pure; called by workers. The verdicts are computed without learned points, so that nothing learned confirms itself. Days are in UTC and are
those on which messages were sent. The profile of a day applies to messages of the next one.

People must not suffer from being quick, or from sharing a network or a program with the scanner: whatever a person of the domain was seen
with is no sign of its scanner.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import msgspec

from tracker.domain.activity.event import Event, Label
from tracker.rules.verdicts.evidence import ScanProfile
from tracker.rules.verdicts.request import prefix_of
from tracker.rules.verdicts.user_agents.classify import agent_of

LEARNED_REASONS = frozenset({"like_the_scanner", "just_like_the_scanner"})
"""The reasons that read a profile."""
REMEMBERED_DAYS = 60
"""So many days count; older ones are dropped, one each day."""
SPEAKS_FROM = 5
"""Scanned messages from which on a domain has a profile."""

_SETTLED = frozenset({Label.HUMAN, Label.PROXY, Label.SCANNER})
_REPEATED = 2
"""A network or program counts once it was seen with so many scanned messages."""
_LONGEST_DELAY = timedelta(days=1)
_MOST_DELAYS, _MOST_NAMES = 400, 50


class DomainDay(msgspec.Struct, frozen=True, kw_only=True):
    """The settled verdicts of the messages that were sent to a domain on a day."""

    day: date
    domain: str
    messages: int = 0
    scanned: int = 0
    """Of these, messages that a scanner opened or clicked."""
    delays: tuple[float, ...] = ()
    """Seconds after sending of the first and the last request of a scanner, for each scanned message."""
    networks: dict[str, int] = {}
    """Scanned messages by `/24` or `/48` network."""
    families: dict[str, int] = {}
    """Scanned messages by agent family."""
    person_networks: tuple[str, ...] = ()
    person_families: tuple[str, ...] = ()


class SettledMessage(msgspec.Struct, frozen=True):
    """One message with its opens and clicks, and the labels that they have without learned points."""

    domain: str
    sent_at: datetime
    events: Sequence[Event]
    labels: Mapping[str, Label]


def day_of(moment: datetime) -> date:
    """The day of a moment."""
    return moment.astimezone(UTC).date()


def start_of(day: date) -> datetime:
    """The first moment of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def profile_day(sent_at: datetime) -> date:
    """The day whose profile applies to a message: the one before it was sent."""
    return day_of(sent_at) - timedelta(days=1)


class _Seen(NamedTuple):
    """What one message adds: small, so that a day's messages fit into memory."""

    delays: list[float]
    networks: set[str]
    families: set[str]
    person_networks: set[str]
    person_families: set[str]


def summaries(day: date, messages: Iterable[SettledMessage]) -> list[DomainDay]:
    """The summary of each domain to which messages with settled verdicts were sent on the day. Reads each message once."""
    by_domain: dict[str, list[_Seen]] = {}
    for message in messages:
        if any(label in _SETTLED for label in message.labels.values()):
            by_domain.setdefault(message.domain, []).append(_seen(message))
    return [_summary(day, domain, own) for domain, own in sorted(by_domain.items())]


def _seen(message: SettledMessage) -> _Seen:
    scans, persons = _labelled(message, Label.SCANNER), _labelled(message, Label.HUMAN)
    return _Seen(_delays(message.sent_at, scans), *_origins(scans), *_origins(persons))


def _origins(events: Iterable[Event]) -> tuple[set[str], set[str]]:
    """Networks and agent families; an address or program without a name has an empty one."""
    return {prefix_of(event.address) for event in events}, {agent_of(event.agent).family for event in events}


def _summary(day: date, domain: str, messages: Sequence[_Seen]) -> DomainDay:
    return DomainDay(
        day=day,
        domain=domain,
        messages=len(messages),
        scanned=sum(bool(seen.networks) for seen in messages),
        delays=_thinned(sorted(delay for seen in messages for delay in seen.delays)),
        networks=_named(Counter(name for seen in messages for name in seen.networks)),
        families=_named(Counter(name for seen in messages for name in seen.families)),
        person_networks=tuple(sorted({name for seen in messages for name in seen.person_networks} - {""})),
        person_families=tuple(sorted({name for seen in messages for name in seen.person_families} - {""})),
    )


def _labelled(message: SettledMessage, label: Label) -> list[Event]:
    return [event for event in message.events if message.labels.get(event.id) is label]


def _delays(sent_at: datetime, scans: Iterable[Event]) -> list[float]:
    """Of the first and the last scan within a day. A clock that is behind makes no negative delay."""
    known = [max(0.0, (event.at - sent_at).total_seconds()) for event in scans if event.at - sent_at <= _LONGEST_DELAY]
    return [min(known), max(known)] if known else []


def _thinned(ordered: Sequence[float]) -> tuple[float, ...]:
    """At most 400 of the delays, evenly over their range."""
    return tuple(ordered[:: len(ordered) // _MOST_DELAYS + 1])


def _named(counts: Counter[str]) -> dict[str, int]:
    """The most frequent names; equal ones in alphabetical order, so that the result is the same for any order of events."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dict([(name, count) for name, count in ordered if name][:_MOST_NAMES])


def profiles(day: date, days: Iterable[DomainDay]) -> dict[str, ScanProfile]:
    """The profiles as of the end of a day, by domain; of domains with fewer than five scanned messages in sixty days there is none."""
    first = day - timedelta(days=REMEMBERED_DAYS - 1)
    by_domain: dict[str, list[DomainDay]] = {}
    for one in days:
        if first <= one.day <= day:
            by_domain.setdefault(one.domain, []).append(one)
    return {domain: _profile(own) for domain, own in by_domain.items() if sum(one.scanned for one in own) >= SPEAKS_FROM}


def _profile(days: Sequence[DomainDay]) -> ScanProfile:
    delays = sorted(delay for one in days for delay in one.delays)
    networks = sum((Counter(one.networks) for one in days), Counter[str]())
    families = sum((Counter(one.families) for one in days), Counter[str]())
    return ScanProfile(
        messages=sum(one.messages for one in days),
        scanned=sum(one.scanned for one in days),
        earliest=_quantile(delays, 0.05),
        latest=_quantile(delays, 0.95),
        networks=_repeated(networks) - {name for one in days for name in one.person_networks},
        families=_repeated(families) - {name for one in days for name in one.person_families},
    )


def _repeated(counts: Counter[str]) -> frozenset[str]:
    return frozenset(name for name in _named(counts) if counts[name] >= _REPEATED)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies; 0 without values."""
    return ordered[round(share * (len(ordered) - 1))] if ordered else 0.0
