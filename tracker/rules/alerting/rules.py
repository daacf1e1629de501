"""Alert rules: which alerts follow from a lead's events in canonical order, never from their order of arrival.

An inquiry always makes a loud alert, and so does the first event of another reader of a message. Otherwise an episode makes one loud
alert, and a second one only for pricing or *hot*; later events change the text of the last alert. The first open of an email is quiet. To
add a rule, write its condition below and a row in RULES.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.workspace.workspace import Policy
from tracker.rules.alerting.episodes import Episode
from tracker.rules.page_paths import is_on

MAX_LOUD_ALERTS = 2
"""The most loud alerts of an episode, forms and other readers aside."""


@dataclass(slots=True)
class LeadHistory:
    """What happened before the current event; filled from earlier days, then from event to event."""

    opened: set[str] = field(default_factory=set)
    """Messages opened or clicked before."""
    pricing_episode: str | None = None
    """The last episode with a view of a pricing page; `earlier` for one that is not loaded."""
    others: set[str] = field(default_factory=set)
    """Messages that someone else opened or clicked before."""
    hot: Collection[str] = ()
    """Events at which the score reaches the hot threshold."""


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert, and the events that its text describes: from its cause to the next alert of the episode."""

    rule: AlertRule
    cause: Event
    episode: Episode
    events: tuple[Event, ...]
    priority: Priority


@dataclass(frozen=True, slots=True)
class AlertCase:
    """One event with its surroundings."""

    event: Event
    episode: Episode
    history: LeadHistory
    policy: Policy

    @property
    def is_first(self) -> bool:
        """Whether the event begins its episode."""
        return self.event is self.episode.events[0]

    @property
    def is_pricing(self) -> bool:
        """Whether the event is a view of a pricing page."""
        return self.event.kind is EventKind.VIEW and is_on(self.event.url, self.policy.pricing_paths)


@dataclass(frozen=True, slots=True)
class AlertDecisionRule:
    """One reason for an alert. `may_be_second`: may be the second loud alert of an episode; `is_always_loud`: any number may be."""

    rule: AlertRule
    may_be_second: bool
    when: Callable[[AlertCase], bool]
    is_always_loud: bool = False


def _is_back(case: AlertCase) -> bool:
    since = case.episode.quiet_since
    return case.is_first and since is not None and case.event.at - since >= timedelta(days=case.policy.quiet_days)


def _is_pricing_again(case: AlertCase) -> bool:
    return case.is_pricing and case.history.pricing_episode not in (None, case.episode.id)


def _is_pricing(case: AlertCase) -> bool:
    return case.is_pricing and case.history.pricing_episode is None


def _is_first_open(case: AlertCase) -> bool:
    return case.event.kind is EventKind.OPEN and case.event.message not in case.history.opened


def _is_other_reader(case: AlertCase) -> bool:
    event = case.event
    return event.reader is not None and event.message is not None and event.message not in case.history.others


RULES = (
    AlertDecisionRule(AlertRule.FORM, may_be_second=True, when=lambda c: c.event.is_inquiry, is_always_loud=True),
    AlertDecisionRule(AlertRule.OTHER_READER, may_be_second=True, when=_is_other_reader, is_always_loud=True),
    AlertDecisionRule(AlertRule.HOT, may_be_second=True, when=lambda c: c.event.id in c.history.hot),
    AlertDecisionRule(AlertRule.PRICING_AGAIN, may_be_second=True, when=_is_pricing_again),
    AlertDecisionRule(AlertRule.PRICING, may_be_second=True, when=_is_pricing),
    AlertDecisionRule(AlertRule.BACK, may_be_second=False, when=lambda c: c.event.kind is not EventKind.OPEN and _is_back(c)),
    AlertDecisionRule(AlertRule.CLICK, may_be_second=False, when=lambda c: c.event.kind is EventKind.CLICK and c.event.is_from_mail),
    AlertDecisionRule(AlertRule.FIRST_OPEN, may_be_second=False, when=_is_first_open),
)
"""The first rule that matches names the alert; one event makes one alert at most."""


def decide(episodes: Iterable[Episode], history: LeadHistory, policy: Policy) -> list[AlertDraft]:
    """The alerts of these episodes, in canonical order. Updates `history` from event to event."""
    drafts = []
    for episode in episodes:
        drafts += _in_episode(episode, history, policy)
    return drafts


def _in_episode(episode: Episode, history: LeadHistory, policy: Policy) -> list[AlertDraft]:
    found: list[tuple[int, AlertRule, Priority]] = []
    loud = 0
    for index, event in enumerate(episode.events):
        case = AlertCase(event, episode, history, policy)
        rule = next((rule for rule in RULES if rule.when(case)), None)
        _remember(case)
        priority = _priority(rule, loud, is_alone=not found) if rule else None
        if rule and priority:
            loud += priority is Priority.LOUD
            found.append((index, rule.rule, priority))
    ends = ([index for index, _, _ in found] + [len(episode.events)])[1:]
    return [
        AlertDraft(rule, episode.events[start], episode, episode.events[start:end], priority)
        for (start, rule, priority), end in zip(found, ends, strict=True)
    ]


def _priority(rule: AlertDecisionRule, loud: int, *, is_alone: bool) -> Priority | None:
    """The priority of the alert, given the loud alerts of the episode so far; None: the event changes only the text of the last alert."""
    if rule.rule is AlertRule.FIRST_OPEN:
        return Priority.QUIET if is_alone else None
    return Priority.LOUD if _may_be_loud(rule, loud) else None


def _may_be_loud(rule: AlertDecisionRule, loud: int) -> bool:
    return rule.is_always_loud or loud == 0 or (loud < MAX_LOUD_ALERTS and rule.may_be_second)


def _remember(case: AlertCase) -> None:
    if case.event.message and case.event.kind in (EventKind.OPEN, EventKind.CLICK):
        case.history.opened.add(case.event.message)
        if case.event.reader:
            case.history.others.add(case.event.message)
    if case.is_pricing:
        case.history.pricing_episode = case.episode.id
