"""The list that the leads page shows: its saved list, quick filters and rows as one condition."""

from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from tracker.actions.leads import lists
from tracker.base.errors import Invalid
from tracker.domain.leads.lead_list import LeadList
from tracker.rules import visibility
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.condition import Condition, ConditionGroup, ConditionTerm, parsed
from tracker.rules.conditions.describe import flat_terms, is_any_of
from tracker.rules.conditions.fields import CUSTOM, Comparison
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.leads.condition_rows import ConditionRow, condition_of, row_of
from tracker.web.console.pages.leads.filters import DEFAULT_SORT, LeadFilters, filters_of

_C = Comparison
_QUICK = (
    ("stage", _C.IS),
    ("source", _C.IS),
    ("owner", _C.IS),
    ("quadrant", _C.IS),
    ("industry", _C.IS),
    ("size", _C.IS),
    ("budget", _C.IS),
    ("country", _C.IS),
)
_SEARCHED = ("name", "company", "email")


@dataclass(frozen=True, slots=True)
class CurrentList:
    """What the page shows."""

    filters: LeadFilters
    saved: LeadList | None
    """The list that was opened."""

    @property
    def is_edited(self) -> bool:
        """Whether rows take the place of the condition of an own kind of list: a saved one without nesting."""
        return (
            bool(self.filters.rows)
            and self.saved is not None
            and self.saved.id not in CHIPS
            and bool(flat_terms(parsed(self.saved.condition)))
        )

    @property
    def condition(self) -> Condition | None:
        """The condition of list and rows, without the quick filters; None for every lead."""
        rows = condition_of(self.filters.rows, is_any=self.filters.match == "any")
        base = parsed(self.saved.condition) if self.saved and not self.is_edited else None
        parts = [part for part in (base, rows) if part is not None]
        return joined(parts) if parts else None

    @property
    def rows(self) -> tuple[ConditionRow, ...]:
        """The rows of the panel: those that were typed, else those of the saved list."""
        if self.filters.rows or self.saved is None or self.saved.id in CHIPS:
            return self.filters.rows
        return tuple(row_of(term) for term in flat_terms(parsed(self.saved.condition)) or ())

    @property
    def is_any(self) -> bool:
        """Whether any of the rows is enough."""
        if self.filters.rows or self.saved is None or self.saved.id in CHIPS:
            return self.filters.match == "any"
        return is_any_of(parsed(self.saved.condition))

    @property
    def whole(self) -> Condition:
        """The condition with the quick filters, as it is saved."""
        parts = [*([self.condition] if self.condition else []), *_quick(self.filters), *_custom(self.filters)]
        return joined(parts)


def current_list(of: MultiDict[str, str] | None = None) -> CurrentList:
    """The list of this query string, by default of the request. Raises NotFound for an unknown list."""
    given, user = request.values if of is None else of, current_user()
    key = given.get("list", "")
    saved = lists.visible_list(deps(), user.viewer, key) if key else None
    return CurrentList(filters_of(given, user.workspace, sort=saved.sort if saved else DEFAULT_SORT), saved)


def joined(parts: list[Condition]) -> Condition:
    """All of the parts, in one group as far as they are such groups themselves."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, ConditionGroup) and not part.is_any else (part,)
    return ConditionGroup(tuple(flat))


def tabs() -> dict[str, Any]:
    """The lists above the table: those that every workspace has, and the saved ones."""
    user = current_user()
    found = lists.visible_lists(deps(), user.viewer)
    return {
        "chips": [(one, CHIPS[one.id].description) for one in found if one.id in CHIPS],
        "saved_lists": [one for one in found if one.id not in CHIPS],
    }


def may_change(found: LeadList | None) -> bool:
    """Whether the rep may change the opened list."""
    return found is not None and found.id not in CHIPS and visibility.may_change_list(current_user().viewer, found)


def check_rows(current: CurrentList) -> None:
    """Raises Invalid where a row has a problem."""
    wrong = next((row for row in current.filters.rows if row.problem), None)
    if wrong is not None:
        raise Invalid("condition", wrong.problem)


def _custom(filters: LeadFilters) -> list[Condition]:
    """The quick filter of a custom field, `id:value`."""
    key, _, value = filters.field.partition(":")
    field = next((one for one in current_user().workspace.custom_fields if one.id == key), None)
    return [ConditionTerm(CUSTOM + field.name, _C.IS, value)] if field else []


def _quick(filters: LeadFilters) -> list[Condition]:
    """The quick filters as comparisons. The search becomes one of name, company and email address for each word."""
    found: list[Condition] = [
        ConditionGroup(tuple(ConditionTerm(field, _C.CONTAINS, word) for field in _SEARCHED), is_any=True) for word in filters.q.split()[:5]
    ]
    found += [ConditionTerm(name, how, getattr(filters, name)) for name, how in _QUICK if getattr(filters, name)]
    if filters.quadrant:
        found.append(ConditionTerm("stage_kind", _C.IS, "open"))
    if filters.score:
        found.append(ConditionTerm("score", _C.AT_LEAST, int(filters.score)))
    if filters.no_next:
        found.append(ConditionTerm("next_action", _C.IS_EMPTY, value=True))
    days = int(filters.seen or 0)
    if days:
        found.append(ConditionTerm("last_seen", _C.WITHIN_DAYS if days > 0 else _C.OLDER_THAN_DAYS, abs(days)))
    return found
