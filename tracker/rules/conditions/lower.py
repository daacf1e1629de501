"""What a condition means for a viewer at a moment: its lead tests. Pure.

Names of stages and sources are resolved here too, so that a list written with a name finds the leads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import Condition, ConditionTerm, texts_of_value
from tracker.rules.conditions.entries import DAY, LAST, NUMBER, TEXT, day_entry, number_entry, plain_text, text_entry
from tracker.rules.conditions.fields import CUSTOM, PROFILE, Comparison, ConditionField, ConditionKind, field_named
from tracker.rules.conditions.lead_tests import ENTRIES, Between, Every, HasEntry, LeadTest, Not, OneOf, Some
from tracker.rules.fit.fit_values import profile_key

ME, NO_OWNER = "me", "none"
_NEVER = Some()
_ONE_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ConditionContext:
    """What a condition depends on besides the lead."""

    workspace: Workspace
    now: datetime
    zone: tzinfo
    """Where days begin."""
    me: str | None = None
    """The rep that `me` means; None for a program: `me` then matches no lead."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Present names of sources by present and former ones without case (rules.sources.names)."""


def lowered(condition: Condition, context: ConditionContext) -> LeadTest:
    """The tests of a condition."""
    if isinstance(condition, ConditionTerm):
        field = field_named(condition.field)
        return _KINDS[field.kind](field, condition, context) if field else _NEVER
    tests = tuple(lowered(part, context) for part in condition.parts)
    return Some(tests) if condition.is_any else Every(tests)


def _text(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    field = _present(field, context)
    low, high = _range(field.name, TEXT)
    start = text_entry(field.name, str(term.value))
    match term.comparison:
        case Comparison.AT_LEAST | Comparison.AT_MOST:
            return _custom_number(field, term)
        case Comparison.BEFORE | Comparison.AFTER:
            return _custom_day(field, term, context)
        case Comparison.IS | Comparison.IS_NOT | Comparison.IN:
            found: LeadTest = _same(field, term)
        case Comparison.CONTAINS:
            found = HasEntry(low, high, plain_text(str(term.value)), path=field.path or ENTRIES)
        case Comparison.STARTS_WITH:
            found = HasEntry(start, start + LAST, path=field.path or ENTRIES)
        case _:
            found = HasEntry(low, high, path=field.path or ENTRIES)
    return Not(found) if term.comparison in (Comparison.IS_NOT, Comparison.IS_EMPTY) else found


def _present(field: ConditionField, context: ConditionContext) -> ConditionField:
    """A custom field by its present name: a renamed one is still found by the name that it had."""
    known = context.workspace.custom_field(field.name.removeprefix(CUSTOM)) if field.kind is ConditionKind.CUSTOM else None
    return replace(field, name=CUSTOM + known.name) if known else field


def _same(field: ConditionField, term: ConditionTerm) -> LeadTest:
    entries = [text_entry(field.name, text) for text in texts_of_value(term.value)]
    return _one_or_some([HasEntry(entry, entry + "\0", path=field.path or ENTRIES) for entry in entries])


def _custom_number(field: ConditionField, term: ConditionTerm) -> LeadTest:
    low, high = _range(field.name, NUMBER)
    limit = number_entry(field.name, _figure(term))
    return HasEntry(limit, high) if term.comparison is Comparison.AT_LEAST else HasEntry(low, limit + "\0")


def _custom_day(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    low, high = _range(field.name, DAY)
    limit = day_entry(field.name, _moment(str(term.value), context).astimezone(context.zone).date().isoformat())
    return HasEntry(low, limit) if term.comparison is Comparison.BEFORE else HasEntry(limit, high)


def _day(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    """The next days begin today; past days end yesterday."""
    if term.comparison in (Comparison.BEFORE, Comparison.AFTER):
        return _custom_day(field, term, context)
    today, (low, high) = context.now.astimezone(context.zone).date(), _range(field.name, DAY)
    if term.comparison is Comparison.WITHIN_DAYS:
        low, high = (day_entry(field.name, (today + timedelta(n)).isoformat()) for n in (0, int(_figure(term)) + 1))
    elif term.comparison is Comparison.OLDER_THAN_DAYS:
        high = day_entry(field.name, (today - timedelta(int(_figure(term)))).isoformat())
    return Not(HasEntry(low, high)) if term.comparison is Comparison.IS_EMPTY else HasEntry(low, high)


def _range(field: str, separator: str) -> tuple[str, str]:
    start = plain_text(field) + separator
    return start, start + LAST


def _choice(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    if not field.path:
        return _text(field, term, context)
    if term.comparison in (Comparison.IS_EMPTY, Comparison.IS_SET):
        is_set = _is_known(field, context)
        return is_set if term.comparison is Comparison.IS_SET else Not(is_set)
    read = _CHOICES.get(field.name, _as_given)
    values = [value for text in texts_of_value(term.value) for value in read(_with_field(field, text), context)]
    same = OneOf(field.path, tuple(dict.fromkeys(values)))
    return Not(same) if term.comparison is Comparison.IS_NOT else same


def _is_known(field: ConditionField, context: ConditionContext) -> LeadTest:
    if field.name in PROFILE:
        start = f"{PROFILE[field.name]}:"
        return HasEntry(start, start + LAST, path=field.path)
    if field.name == "stage_kind":
        return OneOf(field.path, tuple(stage.id for stage in context.workspace.stages))
    return Not(OneOf(field.path, (None,)))


def _with_field(field: ConditionField, text: str) -> str:
    return profile_key(PROFILE[field.name], text) if field.name in PROFILE else text


def _as_given(text: str, context: ConditionContext) -> tuple[str | None, ...]:
    del context
    return (text,)


def _stages(text: str, context: ConditionContext) -> tuple[str | None, ...]:
    found = context.workspace.stage_named(text)
    return (found.id if found else text,)


def _sources(text: str, context: ConditionContext) -> tuple[str | None, ...]:
    return (context.sources.get(text.casefold(), text),)


def _kinds(text: str, context: ConditionContext) -> tuple[str | None, ...]:
    return tuple(stage.id for stage in context.workspace.stages if stage.kind == text)


def _owners(text: str, context: ConditionContext) -> tuple[str | None, ...]:
    if text == NO_OWNER:
        return (None,)
    if text == ME:
        return (context.me,) if context.me else ()
    return (text,)


_CHOICES: Mapping[str, Callable[[str, ConditionContext], tuple[str | None, ...]]] = {
    "stage": _stages, "stage_kind": _kinds, "source": _sources, "owner": _owners,
}  # fmt: skip


def _number(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    del context
    value = _figure(term)
    match term.comparison:
        case Comparison.AT_LEAST:
            return Between(field.path, low=value)
        case Comparison.AT_MOST:
            return Between(field.path, high=value)
        case Comparison.IS_NOT:
            return Not(OneOf(field.path, (value,)))
        case _:
            return OneOf(field.path, (value,))


def _age(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    """Days in the stage, or their number in relation to the usual days of the stage, where these are known."""
    value = _figure(term)
    if field.name == "days_in_stage":
        return _in_stage(term.comparison, _ago(context, value))
    known = [(stage.id, stage.usual_days) for stage in context.workspace.stages if stage.usual_days]
    tests = [(stage, _in_stage(term.comparison, _ago(context, value * usual))) for stage, usual in known]
    return Some(tuple(Every((OneOf("stage", (stage,)), test)) for stage, test in tests))


def _in_stage(comparison: Comparison, moment: datetime) -> LeadTest:
    """In its stage since that moment or longer, or since then or shorter; since it was added where it never moved."""
    limits = {"high": moment} if comparison is Comparison.AT_LEAST else {"low": moment}
    return Some((Between("stage_since", **limits), Every((OneOf("stage_since", (None,)), Between("created_at", **limits)))))


def _time(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    low, high = None, None
    match term.comparison:
        case Comparison.IS_EMPTY:
            return Not(Between(field.path))
        case Comparison.BEFORE:
            high = _moment(str(term.value), context) - _ONE_MS
        case Comparison.AFTER:
            low = _moment(str(term.value), context)
        case Comparison.OLDER_THAN_DAYS:
            high = _ago(context, _figure(term)) - _ONE_MS
        case Comparison.WITHIN_DAYS if field.kind is ConditionKind.DUE:
            low, high = _ago(context, 0), _ago(context, -_figure(term))
        case Comparison.WITHIN_DAYS:
            low = _ago(context, _figure(term))
    return Between(field.path, low, high)


def _yes_no(field: ConditionField, term: ConditionTerm, context: ConditionContext) -> LeadTest:
    del context
    return Between(field.path) if term.value else Not(Between(field.path))


_KINDS: Mapping[ConditionKind, Callable[[ConditionField, ConditionTerm, ConditionContext], LeadTest]] = {
    ConditionKind.TEXT: _text,
    ConditionKind.CUSTOM: _text,
    ConditionKind.CHOICE: _choice,
    ConditionKind.NUMBER: _number,
    ConditionKind.AGE: _age,
    ConditionKind.TIME: _time,
    ConditionKind.DUE: _time,
    ConditionKind.DAY: _day,
    ConditionKind.YES_NO: _yes_no,
}


def _figure(term: ConditionTerm) -> float:
    return 0.0 if isinstance(term.value, tuple) else float(term.value)  # a number, as the parser made sure


def _one_or_some(tests: list[LeadTest]) -> LeadTest:
    return tests[0] if len(tests) == 1 else Some(tuple(tests))


def _ago(context: ConditionContext, days: float) -> datetime:
    """The moment so many days of 24 hours ago, in whole milliseconds, as they are stored; never before year 1970."""
    moment = context.now.astimezone(UTC) - timedelta(days=min(max(days, -36_500), 20_000))
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _moment(text: str, context: ConditionContext) -> datetime:
    """The moment of ISO text; a day is its beginning."""
    if len(text) == len("2027-03-01"):
        return datetime.combine(date.fromisoformat(text), time(), context.zone).astimezone(UTC)
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
