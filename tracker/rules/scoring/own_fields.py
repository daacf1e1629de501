"""Own scoring rules on fields of the lead: their rows count for fit. Pure."""

from functools import lru_cache

from tracker.base.errors import Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.score import LedgerRow, Side
from tracker.domain.workspace.scoring import OwnScoringRule
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import Condition, parsed
from tracker.rules.conditions.fields import CUSTOM, Comparison, ConditionKind, field_named
from tracker.rules.conditions.lead_tests import passes
from tracker.rules.conditions.lower import ConditionContext, lowered

FIELDS = ("job_title", "company", "source", "tags", "category", "buying_role", "timeline", "need", "referred_by")
"""The fields that can score; custom fields too. They are the lead's own, and do not follow from its score."""
COMPARISONS = (
    *(Comparison.IS, Comparison.IS_NOT, Comparison.CONTAINS, Comparison.STARTS_WITH),
    *(Comparison.IS_SET, Comparison.IS_EMPTY, Comparison.AT_LEAST, Comparison.AT_MOST),
)
_NUMBERS = (Comparison.AT_LEAST, Comparison.AT_MOST)
_WITHOUT_VALUE = (Comparison.IS_SET, Comparison.IS_EMPTY)


def can_score(name: str) -> bool:
    """Whether rules may be about this field."""
    return name in FIELDS or name.startswith(CUSTOM)


def field_condition(rule: OwnScoringRule) -> Condition:
    """What the rule says of the lead. Raises Invalid."""
    return _condition(rule.text, rule.comparison, rule.value)


@lru_cache(maxsize=1024)
def _condition(name: str, comparison: str, value: str) -> Condition:
    field = field_named(name)
    if field is None or not can_score(name):
        raise Invalid("text", f"“{name[:60]}” is not a field that can score")
    if comparison not in COMPARISONS or (comparison not in field.comparisons):
        raise Invalid("comparison", f"must be one of {', '.join(one.value for one in COMPARISONS if one in field.comparisons)}")
    is_number = comparison in _NUMBERS or field.kind is ConditionKind.NUMBER
    return parsed({"field": name, comparison: True if comparison in _WITHOUT_VALUE else _number(value) if is_number else value})


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Invalid("value", "must be a number") from None


def field_rows(rules: tuple[OwnScoringRule, ...], lead: Lead, workspace: Workspace) -> list[LedgerRow]:
    """The rows of the rules that hold for the lead."""
    if not rules:
        return []
    context = ConditionContext(workspace, lead.created_at, zone_of(workspace.timezone), None, {})
    return [
        LedgerRow(rule=rule.id, points=rule.points, at=lead.created_at, side=Side.FIT, why=rule.name)
        for rule in rules
        if _holds(rule, lead, context)
    ]


def _holds(rule: OwnScoringRule, lead: Lead, context: ConditionContext) -> bool:
    try:
        return passes(lowered(field_condition(rule), context), lead)
    except Invalid:  # of another version, or on a custom field that is gone
        return False
