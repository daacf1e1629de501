"""Scoring rules as admins set them: checked before they are stored or previewed. Used by console and API."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.domain.workspace.scoring import BY_EVENTS, OwnScoringRule, ScoreTrigger, ScoringRuleChange
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.fields import CUSTOM
from tracker.rules.scoring.own_fields import field_condition
from tracker.rules.scoring.rules import BY_NAME, FIT_RULES, SILENCE, SILENT_AFTER

MOST_OWN = 50
_HIGHEST_POINTS = 1000
_RANGES = {"daily": (1, 100), "cap": (1, 10_000), "half_life_days": (1, 3650), "days": (1, 3650)}
_OF_EVENTS = ("daily", "cap", "half_life_days")
_LONGEST_NAME, _LONGEST = 80, 200
_T = ScoreTrigger
_WITH_TEXT = (_T.PAGE, _T.FORM, _T.CLICK, _T.TOUCH, _T.FIELD)


def checked_points(value: Mapping[str, int]) -> dict[str, int]:
    """Points by the name of a rule. Raises Invalid."""
    for name, points in value.items():
        if not _is_rule_name(name) or not -_HIGHEST_POINTS <= points <= _HIGHEST_POINTS:
            raise Invalid("rules", f"“{name[:60]}” must be a rule's name with points from -{_HIGHEST_POINTS} to {_HIGHEST_POINTS}")
    return dict(value)


def checked_changes(value: Mapping[str, ScoringRuleChange]) -> dict[str, ScoringRuleChange]:
    """What differs from the shipped rules, without what is as shipped. Raises Invalid."""
    found: dict[str, ScoringRuleChange] = {}
    for name, change in value.items():
        shipped = shipped_numbers(name)
        if shipped is None:
            raise Invalid("rules", f"“{name[:60]}” is not a scoring rule")
        kept: dict[str, Any] = {"is_off": change.is_off}
        for number in _RANGES:
            given = getattr(change, number)
            if given is None or given == shipped.get(number):
                continue
            if number not in shipped:
                raise Invalid(number, f"is not part of “{name}”")
            kept[number] = _in_range(number, given)
        if (made := ScoringRuleChange(**kept)) != ScoringRuleChange():
            found[name] = made
    return found


def shipped_numbers(name: str) -> dict[str, int] | None:
    """The numbers of a shipped rule besides its points, by field; None: there is no such rule."""
    if rule := BY_NAME.get(name):
        return {"daily": rule.daily, "cap": rule.cap, "half_life_days": rule.half_life.days}
    if name == SILENCE.name:
        return {"days": SILENT_AFTER.days}
    return {} if name in {rule.name for rule in FIT_RULES} else None


def checked_own(value: Iterable[OwnScoringRule]) -> tuple[OwnScoringRule, ...]:
    """The company's rules as they are stored, without what their triggers do not use. Raises Invalid."""
    found: dict[str, OwnScoringRule] = {}
    for rule in map(_own, value):
        if rule.id in found:
            raise Invalid("own", f"“{rule.name}” and “{found[rule.id].name}” are about the same")
        found[rule.id] = rule
    if len(found) > MOST_OWN:
        raise Invalid("own", f"may be {MOST_OWN} at most")
    return tuple(found.values())


def check_targets(deps: Deps, workspace: Workspace, own: Iterable[OwnScoringRule]) -> None:
    """Raises Invalid for a new rule about a form, touch or custom field that does not exist."""
    known = {rule.id for rule in workspace.own_rules}
    for rule in own:
        if rule.id in known or not rule.text:
            continue
        if rule.trigger is _T.FORM and rule.text not in {form.id for form in deps.store.of(workspace.id).forms.all()}:
            raise Invalid("text", "must be the id of a form")
        if rule.trigger is _T.TOUCH and workspace.touch_type(rule.text) is None:
            raise Invalid("text", "must be a type of touch")
        if rule.trigger is _T.FIELD and rule.text.startswith(CUSTOM) and workspace.custom_field(rule.text.removeprefix(CUSTOM)) is None:
            raise Invalid("text", "must be the name of a custom field")


def _own(rule: OwnScoringRule) -> OwnScoringRule:
    trigger, is_event = rule.trigger, rule.trigger in BY_EVENTS
    if not -_HIGHEST_POINTS <= rule.points <= _HIGHEST_POINTS:
        raise Invalid("points", f"must be from -{_HIGHEST_POINTS} to {_HIGHEST_POINTS}")
    text = checks.line("text", rule.text, longest=_LONGEST, required=trigger in (_T.PAGE, _T.FIELD)) if trigger in _WITH_TEXT else ""
    if trigger in (_T.PAGE, _T.CLICK) and text and "/" not in text and "*" not in text:
        raise Invalid("text", "must be a path such as /pricing, with * for anything, or an address")
    kept = OwnScoringRule(
        name=checks.line("name", rule.name, longest=_LONGEST_NAME),
        trigger=trigger,
        text=text,
        comparison=rule.comparison if trigger is _T.FIELD else "",
        value=checks.line("value", rule.value, longest=_LONGEST, required=False) if trigger is _T.FIELD else "",
        days=_in_range("days", rule.days) if trigger is _T.INACTIVE else 0,
        points=rule.points,
        is_on=rule.is_on,
        **{name: _in_range(name, getattr(rule, name)) for name in _OF_EVENTS if is_event},
    )
    if trigger is _T.FIELD:
        field_condition(kept)
    return kept


def _in_range(name: str, value: int) -> int:
    low, high = _RANGES[name]
    if not low <= value <= high:
        raise Invalid(name, f"must be from {low} to {high:,}")
    return value


def _is_rule_name(name: str) -> bool:
    return name.isidentifier() and name.isascii() and len(name) <= 60  # noqa: PLR2004 - a name, not a text


def proposed(workspace: Workspace, **values: Any) -> Workspace:
    """The workspace with these rules (`rules`, `rule_changes`, `own_rules`, `policy`), checked and not stored. Raises Invalid."""
    checked = {name: CHECKS[name](value) if name in CHECKS else value for name, value in values.items()}
    found: Workspace = msgspec.structs.replace(workspace, **checked)
    return found


CHECKS: dict[str, Callable[[Any], Any]] = {"rules": checked_points, "rule_changes": checked_changes, "own_rules": checked_own}
