"""Which alerts stand: a function of the lead's events in canonical order, never of their arrival.

One episode, one ring: the first loud alert of an episode rings; a second ring comes only for pricing, a form or *hot*; later
steps change the words of the last one, and only a form still makes a notice of its own, a quiet one. A mail's first open is quiet. To add a rule, write its test below and a row in RULES.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.workspace.workspace import Policy
from tracker.rules.alerting.episodes import Episode
from tracker.rules.page_paths import is_on

MOST_RINGS = 2


@dataclass(slots=True)
class LeadHistory:
    """What had happened before the event at hand: part of the facts, filled from earlier days first."""

    opened: set[str] = field(default_factory=set)
    """Messages that were opened or clicked before."""
    pricing_episode: str | None = None
    """The last episode in which prices were seen; `earlier` for one that is not loaded."""
    hot: Collection[str] = ()
    """Events at which the score crosses the hot line."""


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert that stands, and the events its words are made of: from its cause to the next alert of the episode."""

    rule: AlertRule
    cause: Event
    episode: Episode
    events: tuple[Event, ...]
    priority: Priority


@dataclass(frozen=True, slots=True)
class AlertCase:
    """One event in its place."""

    event: Event
    episode: Episode
    history: LeadHistory
    policy: Policy

    @property
    def is_first(self) -> bool:
        """Whether it begins its episode."""
        return self.event is self.episode.events[0]

    @property
    def is_pricing(self) -> bool:
        """Whether the prices are being looked at."""
        return self.event.kind is EventKind.VIEW and is_on(self.event.url, self.policy.pricing_paths)


@dataclass(frozen=True, slots=True)
class AlertDecisionRule:
    """One reason to tell a rep. `rings_again`: may be the second ring of an episode."""

    rule: AlertRule
    rings_again: bool
    when: Callable[[AlertCase], bool]


def _is_back(case: AlertCase) -> bool:
    since = case.episode.quiet_since
    return case.is_first and since is not None and case.event.at - since >= timedelta(days=case.policy.quiet_days)


def _is_pricing_again(case: AlertCase) -> bool:
    return case.is_pricing and case.history.pricing_episode not in (None, case.episode.id)


def _is_pricing(case: AlertCase) -> bool:
    return case.is_pricing and case.history.pricing_episode is None


def _is_first_open(case: AlertCase) -> bool:
    return case.event.kind is EventKind.OPEN and case.event.message not in case.history.opened


RULES = (
    AlertDecisionRule(AlertRule.FORM, rings_again=True, when=lambda c: c.event.kind is EventKind.SUBMIT),
    AlertDecisionRule(AlertRule.HOT, rings_again=True, when=lambda c: c.event.id in c.history.hot),
    AlertDecisionRule(AlertRule.PRICING_AGAIN, rings_again=True, when=_is_pricing_again),
    AlertDecisionRule(AlertRule.PRICING, rings_again=True, when=_is_pricing),
    AlertDecisionRule(AlertRule.BACK, rings_again=False, when=lambda c: c.event.kind is not EventKind.OPEN and _is_back(c)),
    AlertDecisionRule(AlertRule.CLICK, rings_again=False, when=lambda c: c.event.kind is EventKind.CLICK and c.event.is_from_mail),
    AlertDecisionRule(AlertRule.FIRST_OPEN, rings_again=False, when=_is_first_open),
)
"""The first rule that speaks names the alert; one event makes one alert at most."""


def decide(episodes: Iterable[Episode], history: LeadHistory, policy: Policy) -> list[AlertDraft]:
    """The alerts that stand, in canonical order. Changes `history` as it goes from event to event."""
    drafts = []
    for episode in episodes:
        drafts += _in_episode(episode, history, policy)
    return drafts


def _in_episode(episode: Episode, history: LeadHistory, policy: Policy) -> list[AlertDraft]:
    found: list[tuple[int, AlertRule, Priority]] = []
    rings = 0
    for index, event in enumerate(episode.events):
        case = AlertCase(event, episode, history, policy)
        rule = next((rule for rule in RULES if rule.when(case)), None)
        _remember(case)
        priority = _priority(rule, rings, is_alone=not found) if rule else None
        if rule and priority:
            rings += priority is Priority.LOUD
            found.append((index, rule.rule, priority))
    ends = ([index for index, _, _ in found] + [len(episode.events)])[1:]
    return [
        AlertDraft(rule, episode.events[start], episode, episode.events[start:end], priority)
        for (start, rule, priority), end in zip(found, ends, strict=True)
    ]


def _priority(rule: AlertDecisionRule, rings: int, *, is_alone: bool) -> Priority | None:
    """How the rule is told, given how often this episode rang; nothing: it only changes the words of the last alert."""
    if rule.rule is AlertRule.FIRST_OPEN:
        return Priority.QUIET if is_alone else None
    if _may_ring(rule, rings):
        return Priority.LOUD
    return Priority.QUIET if rule.rule is AlertRule.FORM else None


def _may_ring(rule: AlertDecisionRule, rings: int) -> bool:
    return rings == 0 or (rings < MOST_RINGS and rule.rings_again)


def _remember(case: AlertCase) -> None:
    if case.event.message and case.event.kind in (EventKind.OPEN, EventKind.CLICK):
        case.history.opened.add(case.event.message)
    if case.is_pricing:
        case.history.pricing_episode = case.episode.id
