"""Which opens and clicks of a lead's mail someone else made, because the mail was forwarded. Pure; called by workers.recompute.verdicts.readers.

The first reader of a message on a kind of device is taken for the lead. Another reader is someone else only on strong evidence: a
person has several devices, travels, and passes through relays and gateways. A function of the set: the order of arrival changes nothing,
and what is learnt of the lead's devices from one message counts for all.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from tracker.domain.activity.event import Event
from tracker.rules.readers.reading import Device, DeviceClass, Reading, reading_of
from tracker.rules.verdicts.networks import Networks

SOON = timedelta(minutes=10)
"""A person needs longer from one desk to the next."""
OTHER = 4
"""At least so many points: someone else."""

POINTS = {
    "other_system": 2,
    "other_browser": 1,
    "other_language": 2,
    "english_or_other": 1,
    "in_turns": 3,
    "soon": 2,
    "soon_portable": 1,
}
"""What each sign says, beside another network: see `_signs`."""

_INTERNATIONAL = "en"
"""Many systems speak English, whatever their user's language is."""


@dataclass(frozen=True, slots=True)
class _Lead:
    """What is known of the lead's own readings, over all messages."""

    prefixes: frozenset[str]
    systems: frozenset[tuple[DeviceClass, str]]
    languages: frozenset[str]
    first_languages: frozenset[str]


def may_have_other_reader(events: Iterable[Event], networks: Networks) -> bool:
    """Whether a message was read on one kind of device in two networks: without, no event is someone else's."""
    prefixes: dict[tuple[str, DeviceClass], str] = {}
    for event in events:
        reading = reading_of(event, None, networks)
        if reading and reading.device and reading.prefix:
            key = (reading.message, reading.device.class_)
            if prefixes.setdefault(key, reading.prefix) != reading.prefix:
                return True
    return False


def other_readings(events: Iterable[Event], browsers: Mapping[str, str], networks: Networks) -> frozenset[str]:
    """The opens and clicks by someone else, of all opens and clicks of one lead's messages.

    `browsers` names by click the browser that first presented its landing token.
    """
    ordered = sorted(events, key=lambda event: event.order)
    readings = [found for event in ordered if (found := reading_of(event, browsers.get(event.id), networks))]
    person_of = _persons(readings)
    anchors = _anchors(readings)
    own_persons = frozenset(person_of[anchor.keys[0]] for anchor in anchors.values())
    lead = _lead([r for r in readings if person_of[r.keys[0]] in own_persons])
    beside: dict[tuple[str, DeviceClass], list[Reading]] = defaultdict(list)
    for reading in readings:
        if reading.device:
            key = (reading.message, reading.device.class_)
            if reading.prefix and person_of[reading.keys[0]] == person_of[anchors[key].keys[0]]:
                beside[key].append(reading)
    others = {person_of[r.keys[0]] for r in readings if person_of[r.keys[0]] not in own_persons and _is_other(r, lead, beside)}
    return frozenset(r.event for r in readings if person_of[r.keys[0]] in others)


def _persons(readings: Iterable[Reading]) -> dict[str, str]:
    """By key: one key that stands for all keys which readings connect with it."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for reading in readings:
        first = root(reading.keys[0])
        for key in reading.keys[1:]:
            parent[root(key)] = first
    return {key: root(key) for key in list(parent)}


def _anchors(readings: Iterable[Reading]) -> dict[tuple[str, DeviceClass], Reading]:
    """The first reading of each message on each kind of device."""
    found: dict[tuple[str, DeviceClass], Reading] = {}
    for reading in readings:
        if reading.device:
            found.setdefault((reading.message, reading.device.class_), reading)
    return found


def _lead(own: Sequence[Reading]) -> _Lead:
    return _Lead(
        prefixes=frozenset(r.prefix for r in own if r.prefix),
        systems=frozenset((r.device.class_, r.device.system) for r in own if r.device),
        languages=frozenset(tag for r in own for tag in r.languages),
        first_languages=frozenset(r.languages[0] for r in own if r.languages),
    )


def _is_other(reading: Reading, lead: _Lead, beside: Mapping[tuple[str, DeviceClass], Sequence[Reading]]) -> bool:
    """Whether a click from a network where the lead never was shows enough signs of another person."""
    if not reading.is_click or reading.device is None or not reading.prefix or reading.prefix in lead.prefixes:
        return False
    own = [r for r in beside.get((reading.message, reading.device.class_), ()) if r.prefix[:2] == reading.prefix[:2]]
    return bool(own) and sum(POINTS[sign] for sign in _signs(reading, reading.device, own, lead)) >= OTHER


def _signs(reading: Reading, device: Device, own: Sequence[Reading], lead: _Lead) -> list[str]:
    """The signs of another person. `own` are the lead's readings of the same message, on the same kind of device, by another network."""
    near = _near(reading, own)
    found = []
    if (device.class_, device.system) not in lead.systems:
        found.append("other_system")
    elif near and _is_other_browser(device, near):
        found.append("other_browser")
    if reading.languages and lead.first_languages and _is_other_language(reading, lead):
        has_english = _INTERNATIONAL in (reading.languages[0], *lead.first_languages)
        found.append("english_or_other" if has_english else "other_language")
    if near and device.class_ is DeviceClass.PORTABLE:
        found.append("soon_portable")
    elif any(first.at <= reading.at <= last.at and last.at - first.at <= SOON for first, last in pairwise(near)):
        found.append("in_turns")
    elif near:
        found.append("soon")
    return found


def _near(reading: Reading, own: Sequence[Reading]) -> Sequence[Reading]:
    moments = [r.at for r in own]
    return own[bisect_left(moments, reading.at - SOON) : bisect_right(moments, reading.at + SOON)]


def _is_other_browser(device: Device, near: Iterable[Reading]) -> bool:
    """Whether it is no browser that the lead used in these minutes, by family or version."""
    used = {(r.device.browser, r.device.major) for r in near if r.device and r.device.browser}
    return bool(device.browser and used) and (device.browser, device.major) not in used


def _is_other_language(reading: Reading, lead: _Lead) -> bool:
    return reading.languages[0] not in lead.languages and lead.first_languages.isdisjoint(reading.languages)
