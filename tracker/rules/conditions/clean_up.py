"""The kinds of leads that make a list unreliable: for each the comparisons that find them. Pure."""

from dataclasses import dataclass

from tracker.rules.conditions.condition import Condition, ConditionGroup, ConditionTerm
from tracker.rules.conditions.fields import Comparison

STALE_DAYS = 90
"""Days without a contact either way after which an open lead is stale."""


@dataclass(frozen=True, slots=True)
class CleanUpKind:
    """A kind of leads to look at: all of the comparisons hold."""

    key: str
    label: str
    description: str
    terms: tuple[ConditionTerm, ...]

    @property
    def condition(self) -> Condition:
        """As one condition."""
        return ConditionGroup(self.terms)


def _empty(field: str) -> ConditionTerm:
    return ConditionTerm(field, Comparison.IS_EMPTY, True)


def _older(field: str) -> ConditionTerm:
    return ConditionTerm(field, Comparison.OLDER_THAN_DAYS, STALE_DAYS)


_OPEN = ConditionTerm("stage_kind", Comparison.IS, "open")
_YES = Comparison.IS
KINDS = (
    CleanUpKind("no_source", "No source", "Where they came from is not known.", (_empty("source"),)),
    CleanUpKind("no_owner", "No owner", "Open, without a rep who works on them.", (_OPEN, ConditionTerm("owner", Comparison.IS, "none"))),
    CleanUpKind("no_next_action", "No next action", "Open, without a task.", (_OPEN, _empty("next_action"))),
    CleanUpKind("bounced", "Bounced", "Email to their address was returned for good.", (ConditionTerm("bounced", _YES, True),)),
    CleanUpKind(
        "new_email", "Changed addresses", "An answer or a mail server named another one.", (ConditionTerm("new_email", _YES, True),)
    ),
    CleanUpKind("opted_out", "Opted out", "They want no email, and can only be called.", (_OPEN, ConditionTerm("opted_out", _YES, True))),
    CleanUpKind("stale", "Stale", f"Open, no contact either way for {STALE_DAYS} days.", (_OPEN, _older("last_contact"))),
    CleanUpKind("never", "Never contacted", f"Open, added over {STALE_DAYS} days ago.", (_OPEN, _older("created"), _empty("last_contact"))),
)
"""In the order of the page."""
