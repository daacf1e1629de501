"""A reading: one open or click by a person, with what it says of the device, the network and the languages. Pure; made for `decide`."""

import functools
import re
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tracker.domain.activity.event import Event, EventKind, Label
from tracker.rules.verdicts.networks import NetworkClass, Networks, is_inside
from tracker.rules.verdicts.request import prefix_of
from tracker.rules.verdicts.user_agents.agent import AgentKind
from tracker.rules.verdicts.user_agents.classify import agent_of

_READERS = frozenset({AgentKind.BROWSER, AgentKind.MAIL_PROGRAM, AgentKind.OFFICE, AgentKind.STRIPPED_WEBKIT})
"""Programs that run on the device of the person. Image proxies hide it."""
_OF_PEOPLE = frozenset({NetworkClass.UNKNOWN, NetworkClass.ACCESS})
"""Networks that may say where a person is. Relays, clouds (VPN, remote desktop) and mail security do not."""

_BY_PERSONS = frozenset({Label.HUMAN, Label.DUPLICATE})
"""A repeat within a second is the same person's. Image proxies say nothing."""
_MAC_ONLY = re.compile(r"\b(?:Chrome|Firefox)/\d|\bMacOutlook/")
_MOST_LANGUAGES = 10


class DeviceClass(StrEnum):
    """Whether a device stays in place. A person often uses one of each at a time."""

    FIXED = "fixed"
    PORTABLE = "portable"


class Device(NamedTuple):
    """What an agent says of its device."""

    class_: DeviceClass
    system: str
    """`windows`, `mac`, `chromeos`, `apple` (iPhone, iPad, or a Mac that an iPad may imitate) or `android` (also Linux)."""
    browser: str
    """The browser's family; empty for other programs."""
    major: int | None


class Reading(NamedTuple):
    """One open or click by a person."""

    event: str
    message: str
    at: datetime
    is_click: bool
    device: Device | None
    prefix: str
    """The network as `/24` or `/48`; empty where it says nothing."""
    languages: tuple[str, ...]
    """Primary language tags in order of preference."""
    keys: tuple[str, ...]
    """Readings that share a key are by the same person."""


@functools.lru_cache(maxsize=8192)
def device_of(text: str) -> Device | None:
    """The device of an agent; None where it names none that is known, or belongs to no reader.

    Safari on an iPad calls itself a Mac (webkit.org/b/196275), and Chrome on a large Android tablet a Linux desktop.
    """
    agent = agent_of(text)
    if agent.kind not in _READERS:
        return None
    found = _system(text)
    if found is None:
        return None
    return Device(*found, agent.family if agent.kind is AgentKind.BROWSER else "", agent.major)


def _system(text: str) -> tuple[DeviceClass, str] | None:
    if "Windows NT" in text:
        return DeviceClass.FIXED, "windows"
    if "CrOS" in text:
        return DeviceClass.FIXED, "chromeos"
    if "iPhone" in text or "iPad" in text or "iPod" in text:
        return DeviceClass.PORTABLE, "apple"
    if "Android" in text or "Linux" in text:
        return DeviceClass.PORTABLE, "android"
    if "Macintosh" in text or "Mac OS X" in text:
        return (DeviceClass.FIXED, "mac") if _MAC_ONLY.search(text) else (DeviceClass.PORTABLE, "apple")
    return None


def reading_of(event: Event, browser: str | None, networks: Networks) -> Reading | None:
    """The reading of an event; None if it is no open or click of a message by a person, or says nothing of its reader.

    `browser` is the first that presented the landing token of the click.
    """
    if not event.message or event.kind not in (EventKind.OPEN, EventKind.CLICK) or event.verdict.label not in _BY_PERSONS:
        return None
    device, prefix = device_of(event.agent), _prefix(event, networks)
    keys = [f"browser {browser}"] if browser else []
    if device:
        keys.append(f"device {device.system} {prefix}")
    if not keys:
        return None
    return Reading(
        event=event.id,
        message=event.message,
        at=event.at,
        is_click=event.kind is EventKind.CLICK,
        device=device,
        prefix=prefix,
        languages=languages_of(event.headers.get("accept-language", "")),
        keys=tuple(keys),
    )


def _prefix(event: Event, networks: Networks) -> str:
    """The network of the person. A proxy that names itself in `via` (web gateways) has its own address."""
    return "" if "via" in event.headers else _prefix_of_people(event.address, networks)


@functools.lru_cache(maxsize=8192)
def _prefix_of_people(address: str, networks: Networks) -> str:
    return "" if is_inside(address) or networks.of(address).class_ not in _OF_PEOPLE else prefix_of(address)


def languages_of(header: str) -> tuple[str, ...]:
    """The primary tags of `Accept-Language`, each once: `de` of `de-DE,de;q=0.9`."""
    tags = (part.partition(";")[0].strip().partition("-")[0].lower() for part in header.split(",")[:_MOST_LANGUAGES])
    return tuple(dict.fromkeys(tag for tag in tags if tag.isalpha()))
