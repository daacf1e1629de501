"""Inactivity: the times at which a lead had done nothing for so many days. Pure; called by actions.alerting.inactivity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.alerting.custom_rule import CustomRule, RuleContent, RulePriority, RuleTrigger


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule applies at `at`, because the lead had done nothing since `since`."""

    rule: CustomRule
    content: RuleContent
    since: datetime
    at: datetime


def silences(rules: Iterable[CustomRule], active: Sequence[datetime], now: datetime) -> list[Silence]:
    """The silences until now by each rule that was on then; `active` are the times of the lead's activity, in order."""
    found = []
    for rule in rules:
        for days in {one.content.number for one in rule.revisions if one.content.trigger is RuleTrigger.INACTIVE}:
            for since, following in zip(active, [*active[1:], None], strict=True):
                at = since + timedelta(days=days)
                content = rule.at(at)
                is_on = content is not None and content.number == days and content.trigger is RuleTrigger.INACTIVE
                if (
                    is_on
                    and content is not None
                    and content.priority is not RulePriority.OFF
                    and at <= now
                    and (following is None or at < following)
                ):
                    found.append(Silence(rule, content, since, at))
    return found
