"""Conditions in words: one readable sentence. Pure."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tracker.rules.conditions.condition import Condition, ConditionGroup, ConditionTerm
from tracker.rules.conditions.fields import Comparison, ConditionKind, field_named

NameOf = Callable[[str, str], str]
"""What a value of a field is called, given the field's name and the value: that of a rep, a stage, a quadrant."""

_WORDS: Mapping[Comparison, str] = MappingProxyType({
    Comparison.IS: "is {}",
    Comparison.IS_NOT: "is not {}",
    Comparison.IN: "is one of {}",
    Comparison.CONTAINS: "contains {}",
    Comparison.STARTS_WITH: "starts with {}",
    Comparison.AT_LEAST: "at least {}",
    Comparison.AT_MOST: "at most {}",
    Comparison.BEFORE: "before {}",
    Comparison.AFTER: "on or after {}",
    Comparison.WITHIN_DAYS: "in the last {} days",
    Comparison.OLDER_THAN_DAYS: "more than {} days ago",
    Comparison.IS_EMPTY: "is empty",
    Comparison.IS_SET: "is set",
})  # fmt: skip
_DAY_WORDS = {Comparison.WITHIN_DAYS: "in the next {} days"}
_DUE_WORDS = {Comparison.WITHIN_DAYS: "in the next {} days", Comparison.OLDER_THAN_DAYS: "more than {} days overdue"}


def describe(condition: Condition, name_of: NameOf = lambda _, value: value) -> str:
    """The condition as a sentence without a full stop, such as `Score at least 50 and Stage is New`."""
    text = _described(condition, name_of, is_inner=False)
    return text or "Every lead"


def _described(condition: Condition, name_of: NameOf, *, is_inner: bool) -> str:
    if isinstance(condition, ConditionTerm):
        return _term(condition, name_of)
    text = (" or " if condition.is_any else " and ").join(_described(part, name_of, is_inner=True) for part in condition.parts)
    return f"({text})" if is_inner and len(condition.parts) > 1 else text


def _term(term: ConditionTerm, name_of: NameOf) -> str:
    field = field_named(term.field)
    if field is None:
        return term.field
    if field.kind is ConditionKind.YES_NO:
        return field.label if term.value else f"Not: {field.label[:1].lower()}{field.label[1:]}"
    words = comparison_words(term.comparison, field.kind)
    if isinstance(term.value, tuple):
        return f"{field.label} {words.replace('{}', ', '.join(name_of(term.field, one) for one in term.value))}"
    value = name_of(term.field, term.value) if isinstance(term.value, str) else f"{term.value:g}"
    text = words.replace("{}", value)
    return f"{field.label} {text.replace(' 1 days', ' 1 day')}"


def comparison_words(comparison: Comparison, kind: ConditionKind) -> str:
    """The comparison in words, with `{}` for the value."""
    own = {ConditionKind.DUE: _DUE_WORDS, ConditionKind.DAY: _DAY_WORDS}
    return own.get(kind, {}).get(comparison) or _WORDS[comparison]


def flat_terms(condition: Condition) -> tuple[ConditionTerm, ...] | None:
    """The comparisons of a condition that is one list of them; None for a nested one."""
    if isinstance(condition, ConditionTerm):
        return (condition,)
    terms = tuple(part for part in condition.parts if isinstance(part, ConditionTerm))
    return terms if len(terms) == len(condition.parts) else None


def is_any_of(condition: Condition) -> bool:
    """Whether any of the comparisons is enough."""
    return isinstance(condition, ConditionGroup) and condition.is_any
