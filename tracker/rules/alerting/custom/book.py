"""The rule book: the custom rules of a workspace with what their conditions name. Pure; loaded by actions.activity.rule_books."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracker.base.errors import Invalid
from tracker.domain.activity.event import EventKind
from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.custom_rule import CustomRule, RuleContent, RuleOccasion, RulePriority, RuleTrigger
from tracker.rules.alerting.custom.triggers import KINDS
from tracker.rules.conditions.condition import EVERY_LEAD, Condition, ConditionGroup, parsed

NEVER_CHANGED = frozenset({AlertRule.FORM})
"""An inquiry is always delivered at once: its rule keeps its priority."""
CHANGEABLE = (
    *(AlertRule.REPLY, AlertRule.OTHER_READER, AlertRule.WATCHED_PAGE, AlertRule.PROPOSAL_OPENED, AlertRule.HOT),
    *(AlertRule.PRICING_AGAIN, AlertRule.PRICING, AlertRule.BACK, AlertRule.OPENED_AGAIN, AlertRule.CLICK, AlertRule.FIRST_OPEN),
    *(AlertRule.COMPANY, AlertRule.PARKED, AlertRule.FIGURE),
)
"""The shipped rules whose priority may be changed, in the order in which they apply."""

SHIPPED: Mapping[AlertRule, RulePriority] = {
    rule: RulePriority.QUIET if rule in (AlertRule.FIRST_OPEN, AlertRule.PARKED, AlertRule.FIGURE) else RulePriority.LOUD
    for rule in CHANGEABLE
}
"""Their priorities as shipped."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules, in the order in which they apply to a lead: the owner's own ones, then those of the workspace."""

    rules: tuple[CustomRule, ...] = ()
    lists: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """The conditions of the lists that the rules name, by id."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """As in ConditionContext."""

    def of_owner(self, owner: str | None) -> list[CustomRule]:
        """The rules for leads of this owner, those that change shipped ones left out."""
        found = [rule for rule in self.rules if not rule.base and rule.rep in (None, owner)]
        return sorted(found, key=lambda rule: (rule.rep is None, rule.created_at, rule.id))

    def priority_of(self, rule: AlertRule, owner: str | None, at: datetime) -> RulePriority | None:
        """The priority that a shipped rule had for leads of this owner at that moment; None: the shipped one."""
        if rule in NEVER_CHANGED:
            return None
        found = [one for one in self.rules if one.base == rule.value and one.rep in (None, owner)]
        for one in sorted(found, key=lambda one: one.rep is None):
            content = None if one.is_removed and one.revisions[-1].since <= at else one.at(at)
            if content is not None:
                return content.priority
        return None

    def kinds_of_earlier(self) -> frozenset[EventKind]:
        """The kinds of events before the loaded ones that decide whether it is the first time."""
        return frozenset(
            kind
            for content in self._contents()
            if content.occasion in (RuleOccasion.FIRST, RuleOccasion.AGAIN)
            for kind in KINDS[content.trigger]
        )

    @property
    def names_links(self) -> bool:
        """Whether labels of links are needed."""
        return any(content.trigger is RuleTrigger.LINK for content in self._contents())

    def condition_of(self, content: RuleContent) -> Condition | None:
        """The condition with that of its list; None where the list is gone, or the condition is of a version with other fields."""
        try:
            own = parsed(content.condition) if content.condition else EVERY_LEAD
            if content.lead_list is None:
                return own
            found = self.lists.get(content.lead_list)
            return ConditionGroup((own, parsed(found))) if found is not None else None
        except Invalid:
            return None

    @property
    def is_empty(self) -> bool:
        """Whether no rule was ever made or changed."""
        return not self.rules

    def _contents(self) -> Iterable[RuleContent]:
        return (revision.content for rule in self.rules if not rule.base for revision in rule.revisions)


NO_RULES = RuleBook()
