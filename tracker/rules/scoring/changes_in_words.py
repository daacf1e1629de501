"""What differs between the scoring rules of two versions of a workspace, for the audit log. Pure."""

from collections.abc import Iterator

import msgspec

from tracker.domain.workspace.scoring import OwnScoringRule, ScoringRuleChange
from tracker.domain.workspace.workspace import Workspace

SCORING = ("rules", "rule_changes", "own_rules")
"""The fields of the workspace that are described here."""
_AS_SHIPPED = ScoringRuleChange()
_LONGEST = 500


def scoring_changes(before: Workspace, after: Workspace) -> dict[str, str]:
    """By rule: `default → 9`, `cap 20 → 30`, `added`, `removed`."""
    found = {f"points_{name}": words for name, words in _points(before.rules, after.rules)}
    for name in sorted(before.rule_changes.keys() | after.rule_changes.keys()):
        old, new = (one.rule_changes.get(name, _AS_SHIPPED) for one in (before, after))
        if words := _differing(old, new, "default"):
            found[f"rule_{name}"] = words
    own, now = ({rule.id: rule for rule in one.own_rules} for one in (before, after))
    told = [_own(own.get(key), now.get(key)) for key in sorted(own.keys() | now.keys())]
    if any(told):
        found["own_rules"] = ". ".join(filter(None, told))[:_LONGEST]
    return found


def _points(before: dict[str, int], after: dict[str, int]) -> Iterator[tuple[str, str]]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield name, " → ".join("default" if value is None else str(value) for value in (old, new))


def _own(old: OwnScoringRule | None, new: OwnScoringRule | None) -> str:
    if old is None or new is None:
        return f"added {new.name}, {new.points:+d}" if new else f"removed {old.name}" if old else ""
    words = _differing(old, new, "")
    return f"{new.name}: {words}" if words else ""


def _differing(old: msgspec.Struct, new: msgspec.Struct, none: str) -> str:
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in new.__struct_fields__)
    return "; ".join(f"{name} {_text(before, none)} → {_text(after, none)}" for name, before, after in pairs if before != after)


def _text(value: object, none: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return none if value is None else str(value)
