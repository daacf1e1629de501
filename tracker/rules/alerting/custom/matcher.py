"""The matcher: which custom rule an event of one lead makes an alert by. Pure; asked for each event in canonical order."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.base.time_zones import zone_of
from tracker.domain.activity.event import Event
from tracker.domain.alerting.alert import Priority
from tracker.domain.alerting.custom_rule import CustomRule, RuleContent, RuleOccasion, RulePriority
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.alerting.custom.book import RuleBook
from tracker.rules.alerting.custom.lead_as_of import LeadPast
from tracker.rules.alerting.custom.triggers import EACH_TIME, TriggerFacts, fits
from tracker.rules.alerting.episodes import Episode
from tracker.rules.conditions.condition import terms_of
from tracker.rules.conditions.lead_tests import passes
from tracker.rules.conditions.lower import ConditionContext, lowered

LOOK_BACK = timedelta(days=365)
"""How far back an event may be for another one not to be the first."""
MAX_LOUD = 2
"""A loud alert beyond so many of a visit is quiet."""


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """The rule that makes an alert, by its id and present name."""

    id: str
    name: str
    priority: Priority

    def priority_for(self, event: Event, loud: int) -> Priority:
        """The priority of the alert, given the number of loud alerts before it in the visit. An inquiry is always loud."""
        if event.is_inquiry:
            return Priority.LOUD
        return Priority.QUIET if self.priority is Priority.LOUD and loud >= MAX_LOUD else self.priority


@dataclass(slots=True)
class _Memory:
    """What a rule has seen of the lead."""

    episode: str = ""
    at: datetime | None = None
    """The last event that fits, and its visit."""
    earlier: datetime | None = None
    """The last event that fits of a visit before that."""
    alerted: str = ""
    """The last visit in which it made an alert."""

    def before(self, episode: str) -> datetime | None:
        """The last event that fits of an earlier visit than this one."""
        return self.earlier if self.episode == episode else self.at

    def remember(self, event: Event, episode: str) -> None:
        """Notes an event that fits."""
        self.earlier = self.before(episode)
        self.episode, self.at = episode, event.at


class RuleMatcher:
    """For one lead. `made`: by event, the ids of the rules that made an alert of it: their conditions held then, whatever the fields say now."""

    def __init__(
        self, book: RuleBook, past: LeadPast, facts: TriggerFacts, *, earlier: Iterable[Event] = (), made: Mapping[str, frozenset[str]]
    ) -> None:
        owners = book.of_owner(past.lead.owner)
        known, kept = {rule.id for rule in owners}, {key for rules in made.values() for key in rules}
        # Alerts of before stay when a lead gets another owner.
        self._rules = [*owners, *(rule for rule in book.rules if rule.id in kept - known)]
        self._book, self._past, self._facts, self._made = book, past, facts, made
        self._memories = {rule.id: _Memory() for rule in self._rules}
        for event in earlier:
            for rule in self._rules:
                if fits(_content(rule, event.at), event, facts):
                    self._memories[rule.id].remember(event, "earlier")

    def match(self, event: Event, episode: Episode) -> MatchedRule | None:
        """The first rule that applies; remembers the event for those that follow."""
        found: MatchedRule | None = None
        for rule in self._rules:
            content, memory = _content(rule, event.at), self._memories[rule.id]
            if not fits(content, event, self._facts):
                continue
            if found is None and self._is_on(rule, event) and self._applies(rule, content, event, episode):
                priority = Priority.QUIET if content.priority is RulePriority.OFF else Priority(content.priority.value)
                found = MatchedRule(rule.id, rule.name, priority)
                memory.alerted = episode.id
            memory.remember(event, episode.id)
        return found

    def _is_on(self, rule: CustomRule, event: Event) -> bool:
        """Whether the rule was on when the event happened. Of earlier events, a new owner's own rules want nothing."""
        if rule.id in self._made.get(event.id, ()):
            return True
        content, lead = rule.at(event.at), self._past.lead
        is_owners = rule.rep is None or (rule.rep == lead.owner and event.at >= (lead.owner_since or lead.created_at))
        return is_owners and content is not None and content.priority is not RulePriority.OFF

    def _applies(self, rule: CustomRule, content: RuleContent, event: Event, episode: Episode) -> bool:
        memory = self._memories[rule.id]
        if content.trigger not in EACH_TIME and memory.alerted == episode.id:
            return False
        if not _is_occasion(content, memory, event, episode):
            return False
        # A visit of which it made an alert keeps that one alone: fields may have changed since.
        if any(rule.id in self._made.get(one.id, ()) for one in episode.events):
            return rule.id in self._made.get(event.id, ())
        return holds(self._book, rule, content, self._past, event.at, lambda: self._past.at_event(event))


def holds(book: RuleBook, rule: CustomRule, content: RuleContent, past: LeadPast, at: datetime, lead: Callable[[], Lead]) -> bool:
    """Whether the condition of the rule and its list hold for the lead as it was at that moment."""
    condition = book.condition_of(content)
    if condition is None:
        return False
    if next(terms_of(condition), None) is None:
        return True
    context = ConditionContext(past.workspace, at, zone_of(past.workspace.timezone), rule.rep, book.sources)
    return passes(lowered(condition, context), lead())


def holds_today(book: RuleBook, rule: CustomRule, content: RuleContent, workspace: Workspace, lead: Lead, at: datetime) -> bool:
    """As `holds`, with all fields of the lead as they are today."""
    condition = book.condition_of(content)
    context = ConditionContext(workspace, at, zone_of(workspace.timezone), rule.rep, book.sources)
    return condition is not None and passes(lowered(condition, context), lead)


def _content(rule: CustomRule, at: datetime) -> RuleContent:
    """What the rule said then; before it was made, what it said at first."""
    return rule.at(at) or rule.revisions[0].content


def _is_occasion(content: RuleContent, memory: _Memory, event: Event, episode: Episode) -> bool:
    match content.occasion:
        case RuleOccasion.FIRST:
            return memory.at is None or event.at - memory.at > LOOK_BACK
        case RuleOccasion.AGAIN:
            before = memory.before(episode.id)
            return before is not None and event.at - before <= LOOK_BACK
        case RuleOccasion.AFTER_QUIET:
            since = episode.quiet_since
            return since is not None and event.at - since >= timedelta(days=content.quiet_days)
        case _:
            return True
