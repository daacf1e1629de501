"""The first verdict: what one request shows. Decided by workers.drain for each event before anything follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.verdicts import agents

TOO_SOON = timedelta(seconds=1)
"""The time after sending within which no person can open or click an email."""

_NO_TIME = timedelta(0)
_PREFETCH_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_PREFETCHES = frozenset(_PREFETCH_HEADERS)
_PREFETCH_WORDS = ("prefetch", "prerender", "preview")


class RequestFacts(msgspec.Struct, frozen=True, gc=False):
    """What a request shows. `agent` as sent (cut to 512 characters); header names lower case."""

    kind: EventKind
    agent: str
    headers: dict[str, str]
    at: datetime
    sent_at: datetime | None = None
    is_demo: bool = False
    """In the demo all requests come from the machine of the person who tries it, also those of automated browsers."""

    @property
    def is_mail(self) -> bool:
        """Whether a mail's pixel or link was used."""
        return self.kind in (EventKind.OPEN, EventKind.CLICK)

    @property
    def agent_text(self) -> str:
        """The agent in lower case, for comparisons."""
        return self.agent.strip().lower()


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """One way to recognise the cause of a request."""

    name: str
    label: Label
    confidence: float
    when: Callable[[RequestFacts], bool]


def _is_prefetch(facts: RequestFacts) -> bool:
    return any(word in facts.headers.get(name, "").lower() for name in _PREFETCH_HEADERS for word in _PREFETCH_WORDS)


def _is_too_soon(facts: RequestFacts) -> bool:
    return facts.sent_at is not None and _NO_TIME <= facts.at - facts.sent_at < TOO_SOON and facts.is_mail


def _names(parts: tuple[str, ...]) -> Callable[[RequestFacts], bool]:
    return lambda facts: any(part in facts.agent_text for part in parts)


def _is_robot(facts: RequestFacts) -> bool:
    text = facts.agent_text
    for honest in agents.NOT_ROBOTS:
        text = text.replace(honest, "")
    return any(part in text for part in agents.ROBOTS)


RULES = (
    VerdictRule("prefetch_header", Label.PREFETCH, 0.95, _is_prefetch),
    *(VerdictRule(name, Label.PROXY, 0.9, _names((part,))) for part, name in agents.IMAGE_PROXIES),
    VerdictRule("apple_privacy_proxy", Label.PREFETCH, 0.9, lambda f: f.kind is EventKind.OPEN and f.agent_text == agents.BARE),
    VerdictRule("gmail_prefetch", Label.PREFETCH, 0.9, lambda f: f.agent_text.endswith(agents.PREFETCH_ENDING)),
    VerdictRule("demo", Label.HUMAN, 0.9, lambda f: f.is_demo and bool(f.agent_text) and "bot" not in f.agent_text),
    VerdictRule("no_agent", Label.UNKNOWN, 0.5, lambda f: not f.agent_text),
    VerdictRule("too_soon", Label.SCANNER, 0.7, _is_too_soon),
    VerdictRule("mail_program", Label.HUMAN, 0.9, _names(agents.MAIL_PROGRAMS)),
    VerdictRule("office_probe", Label.SCANNER, 0.9, _names(agents.OFFICE_PROBES)),
    VerdictRule("link_preview", Label.SCANNER, 0.9, _names(agents.PREVIEWERS)),
    VerdictRule("robot_agent", Label.SCANNER, 0.9, _is_robot),
)
"""The first rule that matches decides; if none matches, it was a person."""

PERSON = Verdict(Label.HUMAN, 0.8, ("browser",))
RECORDED = Verdict(Label.HUMAN, 1.0, ("recorded",))
"""The verdict of events that a rep or program recorded (sent, call, note)."""


_CACHE_SIZE = 8192
_cache: dict[tuple[object, ...], Verdict] = {}


def first_verdict(facts: RequestFacts) -> Verdict:
    """The verdict that follows from the request alone; other events may change it later."""
    # Agents and headers repeat: the cache key is all that the rules look at.
    headers = facts.headers
    prefetch = () if _PREFETCHES.isdisjoint(headers) else tuple(headers.get(name) for name in _PREFETCH_HEADERS)
    seen = (facts.kind, facts.agent, facts.is_demo, facts.sent_at is not None and _is_too_soon(facts), prefetch)
    verdict = _cache.get(seen)
    if verdict is None:
        if len(_cache) >= _CACHE_SIZE:
            _cache.clear()
        verdict = _cache[seen] = _classify(facts)
    return verdict


def verdict_of(event: Event, sent_at: datetime | None, *, is_demo: bool) -> Verdict:
    """The first verdict of a stored event."""
    return first_verdict(RequestFacts(event.kind, event.agent, event.headers, event.at, sent_at, is_demo))


def _classify(facts: RequestFacts) -> Verdict:
    for rule in RULES:
        if rule.when(facts):
            return Verdict(rule.label, rule.confidence, (rule.name,))
    return PERSON
