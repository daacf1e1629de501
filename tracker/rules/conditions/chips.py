"""Chips: lists of leads that every workspace has, each one condition. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tracker.domain.workspace.workspace import Workspace
from tracker.rules.conditions.condition import Condition, ConditionGroup, ConditionTerm
from tracker.rules.conditions.fields import Comparison

QUIET_DAYS = 14
"""Days without a contact after which an open lead is going cold."""
ACTIVE_DAYS = 7
"""A lead is active if it was seen in so many days."""
_TIMES_USUAL = 2
_NEW_DAYS = 1
_OVERDUE_DAYS = 3


@dataclass(frozen=True, slots=True)
class LeadChip:
    """A list that every workspace has. `key` is part of the API."""

    key: str
    label: str
    description: str
    condition_in: Callable[[Workspace], Condition]


def _is(field: str, value: str) -> ConditionTerm:
    return ConditionTerm(field, Comparison.IS, value)


_OPEN = _is("stage_kind", "open")
_NO_OWNER = _is("owner", "none")
_BOUNCED = ConditionTerm("bounced", Comparison.IS, True)


def _empty(field: str) -> ConditionTerm:
    return ConditionTerm(field, Comparison.IS_EMPTY, True)


def _older(field: str, days: int) -> ConditionTerm:
    return ConditionTerm(field, Comparison.OLDER_THAN_DAYS, days)


def _hot(_: Workspace) -> Condition:
    return ConditionGroup((_is("quadrant", "call_now"), ConditionTerm("last_seen", Comparison.WITHIN_DAYS, ACTIVE_DAYS), _OPEN))


def _going_cold(_: Workspace) -> Condition:
    never = ConditionGroup((_empty("last_contact"), _older("created", QUIET_DAYS)))
    long = ConditionTerm("times_usual_days", Comparison.AT_LEAST, _TIMES_USUAL)
    return ConditionGroup((_OPEN, ConditionGroup((_older("last_contact", QUIET_DAYS), never, long), is_any=True)))


def _slipped(workspace: Workspace) -> Condition:
    new = ConditionGroup((_is("stage", workspace.stages[0].id), _older("created", _NEW_DAYS), _empty("first_contact")))
    reasons = (new, _NO_OWNER, _empty("next_action"), _older("next_action_due", _OVERDUE_DAYS))
    return ConditionGroup((_OPEN, ConditionGroup(reasons, is_any=True)))


_ALL = (
    LeadChip("hot", "Hot", "Call now and active in the last 7 days.", _hot),
    LeadChip("going_cold", "Going cold", "Open, no contact either way for 14 days or twice the usual days in stage.", _going_cold),
    LeadChip("slipped", "Slipped", "New over 24 h uncontacted, no owner, no next action, or a task 3 days overdue.", _slipped),
    LeadChip("mine", "Mine", "Open and yours.", lambda _: ConditionGroup((_is("owner", "me"), _OPEN))),
    LeadChip("no_owner", "No owner", "Open and without an owner.", lambda _: ConditionGroup((_NO_OWNER, _OPEN))),
    LeadChip("bounced", "Bounced", "Email to their address was returned for good.", lambda _: _BOUNCED),
)
CHIPS: Mapping[str, LeadChip] = MappingProxyType({chip.key: chip for chip in _ALL})
"""By key, in the order of the interface."""
