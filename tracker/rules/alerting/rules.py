"""Alert rules: which alerts follow from a lead's events in canonical order, never from their order of arrival.

Custom rules come first (`custom` beside this module). An inquiry, a reply, a watched page and the first event of another reader of a message always make a loud alert. Otherwise an episode makes one loud
alert, and a second one only for a proposal, pricing or *hot*; later events change the text of the last alert. The first open of an email
is quiet, unless it is a proposal or the lead was quiet for days; a loud alert of an open does not use up those of clicks and pages. To
add a rule, write its condition below and a row in RULES.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracker.domain.activity.event import Event, EventKind
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.alerting.custom_rule import RulePriority
from tracker.domain.alerting.watched_page import WatchedPage
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import Policy
from tracker.rules.alerting.custom.matcher import MatchedRule, RuleMatcher
from tracker.rules.alerting.episodes import Episode
from tracker.rules.page_paths import is_on, page_key

MAX_LOUD_ALERTS = 2
"""The most loud alerts of an episode, forms, replies, watched pages and other readers aside."""


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
    messages: Mapping[str, MessageBrief] = field(default_factory=dict)
    """The lead's messages by id."""
    proposals: Collection[str] = ()
    """The ids of those that are proposals."""
    watched: Collection[WatchedPage] = ()
    """Pages that the lead's owner or the team wants alerts about."""
    owner_since: datetime | None = None
    """Of earlier views, the owner wants no alerts."""
    alerted_views: Collection[str] = ()
    """Views for which there is an alert of a watched page: it stays while they stand, also under another owner."""
    custom: RuleMatcher | None = None
    """The custom rules for the lead; None without any."""
    priority_of: Callable[[AlertRule, datetime], RulePriority | None] = lambda _rule, _at: None
    """The priority that a shipped rule was given; None: its own."""
    seen_pages: set[tuple[str, tuple[str, str]]] = field(default_factory=set)
    """Watched pages that were viewed before, with the episode's id."""


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert, and the events that its text describes: from its cause to the next alert of the episode."""

    rule: AlertRule
    cause: Event
    episode: Episode
    events: tuple[Event, ...]
    priority: Priority
    was_opened: bool = False
    """Whether the message of the cause was opened before."""
    custom: MatchedRule | None = None
    """The custom rule that made it."""


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

    @property
    def watched_page(self) -> tuple[str, str] | None:
        """The page that is viewed, if alerts about it were wanted then, or one was made."""
        history, event = self.history, self.event
        if event.kind is not EventKind.VIEW or not (history.watched or history.alerted_views):
            return None
        page = page_key(event.url)
        is_wanted = event.id in history.alerted_views or any(w.key == page and _wants(w, event.at, history) for w in history.watched)
        return page if is_wanted else None

    @property
    def was_opened(self) -> bool:
        """Whether the event's message was opened or clicked before."""
        return self.event.message in self.history.opened


@dataclass(frozen=True, slots=True)
class AlertDecisionRule:
    """One reason for an alert. `may_be_second`: may be the second loud alert of an episode; `is_always_loud`: any number may be."""

    rule: AlertRule
    may_be_second: bool
    when: Callable[[AlertCase], bool]
    is_always_loud: bool = False


def _wants(page: WatchedPage, at: datetime, history: LeadHistory) -> bool:
    is_owners_time = page.rep is None or history.owner_since is None or at >= history.owner_since
    return is_owners_time and page.covers(at)


def _is_after_quiet_days(case: AlertCase) -> bool:
    since = case.episode.quiet_since
    return since is not None and case.event.at - since >= timedelta(days=case.policy.quiet_days)


def _is_back(case: AlertCase) -> bool:
    return case.is_first and case.event.kind is not EventKind.OPEN and _is_after_quiet_days(case)


def _is_opened_again(case: AlertCase) -> bool:
    """An open after quiet days, of a message that is older than that: a new message brings opens by itself."""
    message = case.history.messages.get(case.event.message or "")
    sent = (message.sent_at or message.created_at) if message else None
    if case.event.kind is not EventKind.OPEN or sent is None or case.event.at - sent < timedelta(days=case.policy.quiet_days):
        return False
    return _is_after_quiet_days(case)


def _is_proposal_opened(case: AlertCase) -> bool:
    """The first open. A click alerts as such, in a proposal too."""
    return case.event.kind is EventKind.OPEN and case.event.message in case.history.proposals and not case.was_opened


def _is_watched(case: AlertCase) -> bool:
    page = case.watched_page
    return page is not None and (case.episode.id, page) not in case.history.seen_pages


def _is_pricing_again(case: AlertCase) -> bool:
    return case.is_pricing and case.history.pricing_episode not in (None, case.episode.id)


def _is_pricing(case: AlertCase) -> bool:
    return case.is_pricing and case.history.pricing_episode is None


def _is_first_open(case: AlertCase) -> bool:
    return case.event.kind is EventKind.OPEN and not case.was_opened


def _is_other_reader(case: AlertCase) -> bool:
    event = case.event
    return event.reader is not None and event.message is not None and event.message not in case.history.others


RULES = (
    AlertDecisionRule(AlertRule.FORM, may_be_second=True, when=lambda c: c.event.is_inquiry, is_always_loud=True),
    AlertDecisionRule(AlertRule.REPLY, may_be_second=True, when=lambda c: c.event.kind is EventKind.REPLY, is_always_loud=True),
    AlertDecisionRule(AlertRule.OTHER_READER, may_be_second=True, when=_is_other_reader, is_always_loud=True),
    AlertDecisionRule(AlertRule.WATCHED_PAGE, may_be_second=True, when=_is_watched, is_always_loud=True),
    AlertDecisionRule(AlertRule.PROPOSAL_OPENED, may_be_second=True, when=_is_proposal_opened),
    AlertDecisionRule(AlertRule.HOT, may_be_second=True, when=lambda c: c.event.id in c.history.hot),
    AlertDecisionRule(AlertRule.PRICING_AGAIN, may_be_second=True, when=_is_pricing_again),
    AlertDecisionRule(AlertRule.PRICING, may_be_second=True, when=_is_pricing),
    AlertDecisionRule(AlertRule.BACK, may_be_second=False, when=_is_back),
    AlertDecisionRule(AlertRule.OPENED_AGAIN, may_be_second=False, when=_is_opened_again),
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
    found: list[AlertDraft] = []
    starts: list[int] = []
    for index, event in enumerate(episode.events):
        case = AlertCase(event, episode, history, policy)
        draft = _custom_draft(case, found) or _shipped_draft(case, found)
        if draft:
            found.append(draft)
            starts.append(index)
        _remember(case)
    ends = [*starts[1:], len(episode.events)] if starts else []
    return [replace(draft, events=episode.events[start:end]) for draft, start, end in zip(found, starts, ends, strict=True)]


def _custom_draft(case: AlertCase, found: Sequence[AlertDraft]) -> AlertDraft | None:
    """The alert of a custom rule. An inquiry stays one, whichever rule names it."""
    event = case.event
    custom = case.history.custom.match(event, case.episode) if case.history.custom else None
    if custom is None:
        return None
    priority = custom.priority_for(event, sum(draft.priority is Priority.LOUD for draft in found))
    rule = AlertRule.FORM if event.is_inquiry else AlertRule.CUSTOM
    return AlertDraft(rule, event, case.episode, (), priority, was_opened=case.was_opened, custom=custom)


def _shipped_draft(case: AlertCase, found: Sequence[AlertDraft]) -> AlertDraft | None:
    for rule in RULES:
        if rule.when(case) and (given := case.history.priority_of(rule.rule, case.event.at)) is not RulePriority.OFF:
            priority = _priority(rule, case.event, found, given)
            return AlertDraft(rule.rule, case.event, case.episode, (), priority, was_opened=case.was_opened) if priority else None
    return None


def _priority(rule: AlertDecisionRule, event: Event, found: Sequence[AlertDraft], given: RulePriority | None) -> Priority | None:
    """The priority of the alert, after the episode's other ones; None: the event changes only the text of the last alert."""
    if rule.rule is AlertRule.FIRST_OPEN and given is not RulePriority.LOUD:
        return None if found else Priority(given.value) if given else Priority.QUIET
    wanted = Priority(given.value) if given else Priority.LOUD
    # An alert that was made quiet counts as the loud one that it would be, but leaves room for one that is loud.
    before = [draft.cause for draft in found if draft.priority is Priority.LOUD or wanted is not Priority.LOUD]
    return wanted if _may_be_loud(rule, event, before) else None


def _may_be_loud(rule: AlertDecisionRule, event: Event, loud: Sequence[Event]) -> bool:
    """Alerts of opens do not use up those of other events: a click is surer, and says more."""
    before = loud if event.kind is EventKind.OPEN else [cause for cause in loud if cause.kind is not EventKind.OPEN]
    return rule.is_always_loud or not before or (len(before) < MAX_LOUD_ALERTS and rule.may_be_second)


def _remember(case: AlertCase) -> None:
    if case.event.message and case.event.kind in (EventKind.OPEN, EventKind.CLICK):
        case.history.opened.add(case.event.message)
        if case.event.reader:
            case.history.others.add(case.event.message)
    if case.is_pricing:
        case.history.pricing_episode = case.episode.id
    if page := case.watched_page:
        case.history.seen_pages.add((case.episode.id, page))
