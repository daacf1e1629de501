"""Classifies the opens and clicks of a message: a function of all its evidence, never of the order of arrival.

Pure. Called by workers.recompute as the first step of a batch, and by `leadlight reclassify` through the same step.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.event import STANDING, Event, EventKind, Label, Verdict
from tracker.rules.verdicts.click_patterns import Clicks
from tracker.rules.verdicts.evidence import MessageEvidence
from tracker.rules.verdicts.networks import Networks
from tracker.rules.verdicts.reasons import MACHINE, PERSON, spoken_reasons
from tracker.rules.verdicts.request import Request
from tracker.rules.verdicts.user_agents.agent import AgentKind

HOLD = timedelta(seconds=3)
"""A click whose cause is not certain waits this long for signs of a burst, which take less than a second."""
LONG_HOLD = timedelta(seconds=10)
"""The same where a site will show a person and there is reason to wait: the time of scans, or a reason against a person. Also at the
time of scans on a domain that is known to scan. Input on the page ends it."""
_CERTAIN_AFTER = timedelta(minutes=10)

_LABELS = {
    "own_browser": Label.SELF,
    "prefetch_header": Label.PREFETCH,
    "apple_privacy_proxy": Label.PREFETCH,
    "gmail_prefetch": Label.PREFETCH,
    "mail_proxy_at_once": Label.PREFETCH,
    "privacy_relay": Label.PREFETCH,
}
"""What a machine is called where one of these spoke; otherwise a scanner."""
_PINNED = {"person": Label.HUMAN, "machine": Label.SCANNER, "me": Label.SELF}


class Classified(msgspec.Struct, frozen=True):
    """The verdicts by event, and when the message must be looked at again, since a hold ends then."""

    verdicts: dict[str, Verdict]
    look_again_at: datetime | None = None


def classify(evidence: MessageEvidence, networks: Networks) -> Classified:
    """The verdict of every open and click of the message."""
    verdicts: dict[str, Verdict] = {}
    ends: list[datetime] = []
    clicks = Clicks(evidence.events)
    judged: list[tuple[Event, Label]] = []
    for event in sorted(evidence.events, key=lambda each: (each.kind is not EventKind.CLICK, *each.order)):
        verdict, end = _verdict(Request(event, evidence, networks, clicks, () if event.kind is EventKind.CLICK else judged))
        verdicts[event.id] = verdict
        if event.kind is EventKind.CLICK:
            judged.append((event, verdict.label))
        if end is not None:
            ends.append(end)
    return Classified(verdicts | _repeats(evidence, verdicts), min(ends, default=None))


def _repeats(evidence: MessageEvidence, verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """One act that reached us more than once within a second counts once: the second of a double click is a duplicate."""
    found: dict[str, Verdict] = {}
    acts: set[tuple[object, ...]] = set()
    for event in sorted(evidence.events, key=lambda each: each.order):
        label = verdicts[event.id].label
        if label in STANDING or label is Label.UNSURE:
            act = (event.kind, event.message, event.share, event.link, event.address, event.agent, event.at.replace(microsecond=0))
            if act in acts and event.id not in evidence.pinned:
                found[event.id] = Verdict(Label.DUPLICATE, 0.9, ("same_second",))
            acts.add(act)
    return found


def _verdict(request: Request) -> tuple[Verdict, datetime | None]:
    """The verdict, and the end of its hold while it is held."""
    if (pinned := request.evidence.pinned.get(request.event.id)) in _PINNED:
        return Verdict(_PINNED[pinned], 1.0, ("corrected",)), None
    if request.evidence.is_demo:
        return _demo_verdict(request), None
    spoken = spoken_reasons(request)
    total, reasons = sum(spoken.values()), tuple(spoken)
    if total >= MACHINE or "own_browser" in spoken:
        label = next((_LABELS[name] for name in reasons if name in _LABELS), Label.SCANNER)
        return Verdict(label, _confidence(total - MACHINE), reasons), None
    end = _hold_end(request, spoken)
    if end is not None and request.evidence.as_of < end:
        return Verdict(Label.UNSURE, 0.5, (*reasons, "held")), end
    later = _later_look(request)
    if total > PERSON:
        return Verdict(Label.UNSURE, 0.5, reasons), later
    label = Label.PROXY if request.agent.kind is AgentKind.IMAGE_PROXY else Label.HUMAN
    return Verdict(label, _confidence(PERSON - total), reasons or ("browser",)), later


def _demo_verdict(request: Request) -> Verdict:
    """In the demo everything comes from the machine of the person who tries it, automated browsers included."""
    if request.agent.kind is AgentKind.IMAGE_PROXY:
        return Verdict(Label.PROXY, 0.9, ("mail_proxy",))
    if request.agent.kind in (AgentKind.PREFETCH, AgentKind.NONE) or request.is_prefetch or "bot" in request.event.agent.lower():
        reason = "prefetch_header" if request.is_prefetch else "robot_agent"
        named = request.agent.name if request.agent.kind is not AgentKind.BROWSER else reason
        return Verdict(Label.PREFETCH if request.agent.kind is AgentKind.PREFETCH else Label.SCANNER, 0.9, (named,))
    return Verdict(Label.HUMAN, 0.9, ("demo",))


def _hold_end(request: Request, spoken: dict[str, int]) -> datetime | None:
    """When the cause is taken as settled; None: at once. Opens wait for nothing, since they alert quietly."""
    if not request.is_click or request.has_input or _is_certain(request, spoken):
        return None
    is_doubtful = request.is_at_scan_time or any(points > 0 for points in spoken.values())
    is_scanned = request.is_at_scan_time and request.evidence.recipient.scans is True
    return request.event.at + (LONG_HOLD if is_scanned or (is_doubtful and request.is_to_live_site) else HOLD)


def _is_certain(request: Request, spoken: dict[str, int]) -> bool:
    """A browser's full headers, no reason against a person, a message of ten minutes or more, and no scanner known at the recipient's."""
    headers = request.event.headers
    has_headers = "sec-fetch-mode" in headers and "accept-language" in headers
    is_old = request.age is not None and request.age >= _CERTAIN_AFTER
    return has_headers and is_old and request.evidence.recipient.scans is not True and all(points <= 0 for points in spoken.values())


def _later_look(request: Request) -> datetime | None:
    """When the absence of a page view becomes known; None where it is known already, or is no sign."""
    due = request.event.at + timedelta(seconds=10)
    is_open = request.is_click and request.landing is None and request.is_to_live_site and request.evidence.as_of < due
    return due if is_open else None


def _confidence(distance: int) -> float:
    return min(0.99, round(0.8 + 0.03 * distance, 2))


def changed(events: Iterable[Event], verdicts: dict[str, Verdict]) -> dict[str, Verdict]:
    """Those verdicts that differ from what the events carry."""
    return {event.id: verdicts[event.id] for event in events if event.id in verdicts and verdicts[event.id] != event.verdict}
