"""The scoring rules as a workspace has them: shipped ones with its changes, and its own. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from math import log2

from tracker.domain.activity.event import Event
from tracker.domain.workspace.scoring import OwnScoringRule, ScoreTrigger, ScoringRuleChange
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.scoring.own_events import kind_of, own_names
from tracker.rules.scoring.rules import FIT_RULES, RULES, SILENCE, SILENT_AFTER, FitRule, ScoringRule, rules_of

_AS_SHIPPED = ScoringRuleChange()


@dataclass(frozen=True, slots=True)
class ScoreBook:
    """The rules that give points."""

    events: Mapping[str, ScoringRule]
    """Those about events, by name."""
    most: Mapping[str, int]
    """The most points that each gives."""
    memory: timedelta
    """The age beyond which no event counts."""
    fit: tuple[FitRule, ...]
    silence: int
    """Its points; 0: it is off."""
    silent_after: timedelta
    fields: tuple[OwnScoringRule, ...]
    inactive: tuple[OwnScoringRule, ...]

    def gain_of(self, event: Event, workspace: Workspace) -> int:
        """The most points that this event can add."""
        names = (*(rule.name for rule in rules_of(event, workspace.policy)), *own_names(event, workspace.own_rules))
        return sum(max(0, self.events[name].points) for name in names if name in self.events)


def book_of(workspace: Workspace) -> ScoreBook:
    """The rules of the workspace."""
    return _book(tuple(workspace.rules.items()), tuple(workspace.rule_changes.items()), workspace.own_rules)


@lru_cache(maxsize=256)
def _book(
    given: tuple[tuple[str, int], ...], changed: tuple[tuple[str, ScoringRuleChange], ...], own: tuple[OwnScoringRule, ...]
) -> ScoreBook:
    points, changes, on = dict(given), dict(changed), [rule for rule in own if rule.is_on and rule.points]

    def points_of(name: str, shipped: int) -> int:
        return 0 if changes.get(name, _AS_SHIPPED).is_off else points.get(name, shipped)

    shipped = [_changed(rule, points_of(rule.name, rule.points), changes.get(rule.name, _AS_SHIPPED)) for rule in RULES]
    rules = [*shipped, *(_own(rule) for rule in on if kind_of(rule))]
    events = {rule.name: rule for rule in rules if rule.points}
    fit = (replace(rule, points=points_of(rule.name, rule.points)) for rule in FIT_RULES)
    silent_days = changes.get(SILENCE.name, _AS_SHIPPED).days
    return ScoreBook(
        events=events,
        most={rule.name: max(rule.cap, abs(rule.points)) for rule in events.values()},
        memory=_longest_memory(events),
        fit=tuple(rule for rule in fit if rule.points),
        silence=points_of(SILENCE.name, SILENCE.points),
        silent_after=timedelta(days=silent_days) if silent_days else SILENT_AFTER,
        fields=tuple(rule for rule in on if rule.trigger is ScoreTrigger.FIELD),
        inactive=tuple(rule for rule in on if rule.trigger is ScoreTrigger.INACTIVE),
    )


def _changed(rule: ScoringRule, points: int, change: ScoringRuleChange) -> ScoringRule:
    return replace(
        rule,
        points=points,
        daily=change.daily or rule.daily,
        cap=change.cap or rule.cap,
        half_life=timedelta(days=change.half_life_days) if change.half_life_days else rule.half_life,
    )


def _own(rule: OwnScoringRule) -> ScoringRule:
    return ScoringRule(
        name=rule.id,
        points=rule.points,
        why=rule.name,
        kinds=(),
        daily=rule.daily,
        cap=rule.cap,
        half_life=timedelta(days=rule.half_life_days),
    )


def _longest_memory(events: Mapping[str, ScoringRule]) -> timedelta:
    """The age at which less than half a point is left of the most points that any rule gives for one day."""
    each = (rule.half_life * log2(2 * abs(rule.points) * rule.daily + 1) for rule in events.values())
    return max(each, default=timedelta()) + timedelta(days=2)
