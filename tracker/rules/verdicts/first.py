"""The first verdict: what one request says of itself. Given by workers.drain.process before anything follows from an event."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from tracker.domain.activity.event import Event, EventKind, Label, Verdict
from tracker.rules.verdicts import agents

TOO_SOON = timedelta(seconds=1)
"""Nobody opens or clicks a mail sooner after it was accepted for delivery."""

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
    """In the demo everything comes from the machine of the person who tries it, automated browsers included."""

    @property
    def is_mail(self) -> bool:
        """Whether a mail's pixel or link was used."""
        return self.kind in (EventKind.OPEN, EventKind.CLICK)

    @property
    def words(self) -> str:
        """The agent in lower case, for looking up."""
        return self.agent.strip().lower()


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """One reason to tell who it was."""

    name: str
    label: Label
    confidence: float
    when: Callable[[RequestFacts], bool]


def _is_prefetch(facts: RequestFacts) -> bool:
    return any(word in facts.headers.get(name, "").lower() for name in _PREFETCH_HEADERS for word in _PREFETCH_WORDS)


def _is_too_soon(facts: RequestFacts) -> bool:
    return facts.sent_at is not None and _NO_TIME <= facts.at - facts.sent_at < TOO_SOON and facts.is_mail


def _names(parts: tuple[str, ...]) -> Callable[[RequestFacts], bool]:
    return lambda facts: any(part in facts.words for part in parts)


def _is_robot(facts: RequestFacts) -> bool:
    words = facts.words
    for honest in agents.NOT_ROBOTS:
        words = words.replace(honest, "")
    return any(part in words for part in agents.ROBOTS)


RULES = (
    VerdictRule("prefetch_header", Label.PREFETCH, 0.95, _is_prefetch),
    *(VerdictRule(name, Label.PROXY, 0.9, _names((part,))) for part, name in agents.IMAGE_PROXIES),
    VerdictRule("apple_privacy_proxy", Label.PREFETCH, 0.9, lambda f: f.kind is EventKind.OPEN and f.words == agents.BARE),
    VerdictRule("gmail_prefetch", Label.PREFETCH, 0.9, lambda f: f.words.endswith(agents.PREFETCH_ENDING)),
    VerdictRule("demo", Label.HUMAN, 0.9, lambda f: f.is_demo and bool(f.words) and "bot" not in f.words),
    VerdictRule("no_agent", Label.UNKNOWN, 0.5, lambda f: not f.words),
    VerdictRule("too_soon", Label.SCANNER, 0.7, _is_too_soon),
    VerdictRule("mail_program", Label.HUMAN, 0.9, _names(agents.MAIL_PROGRAMS)),
    VerdictRule("office_probe", Label.SCANNER, 0.9, _names(agents.OFFICE_PROBES)),
    VerdictRule("link_preview", Label.SCANNER, 0.9, _names(agents.PREVIEWERS)),
    VerdictRule("robot_agent", Label.SCANNER, 0.9, _is_robot),
)
"""The first rule that speaks decides; nobody speaks: a person."""

PERSON = Verdict(Label.HUMAN, 0.8, ("browser",))
RECORDED = Verdict(Label.HUMAN, 1.0, ("recorded",))
"""Of what a rep or program recorded (sent, call, note): no guess at all."""


_MOST_KNOWN = 8192
_known: dict[tuple[object, ...], Verdict] = {}


def first_verdict(facts: RequestFacts) -> Verdict:
    """Who caused it, as far as the request itself can tell; behaviour may change it later."""
    # Agents and headers repeat: what the rules looked at once they need not look at again.
    headers = facts.headers
    prefetch = () if _PREFETCHES.isdisjoint(headers) else tuple(headers.get(name) for name in _PREFETCH_HEADERS)
    seen = (facts.kind, facts.agent, facts.is_demo, facts.sent_at is not None and _is_too_soon(facts), prefetch)
    verdict = _known.get(seen)
    if verdict is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        verdict = _known[seen] = _classify(facts)
    return verdict


def verdict_of(event: Event, sent_at: datetime | None, *, is_demo: bool) -> Verdict:
    """The first verdict of an event that is stored already."""
    return first_verdict(RequestFacts(event.kind, event.agent, event.headers, event.at, sent_at, is_demo))


def _classify(facts: RequestFacts) -> Verdict:
    for rule in RULES:
        if rule.when(facts):
            return Verdict(rule.label, rule.confidence, (rule.name,))
    return PERSON
