"""Lead tests: the few elementary tests that every condition becomes, and whether a lead passes them in memory. Pure.

The store turns the same tests into a query (store.leads.condition_filter).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.leads.lead import Lead
from tracker.rules.conditions.entries import TEXT, entries_of

ENTRIES = "keys.values"
"""Where the store has the entries of a lead (rules.conditions.entries)."""
Bound = datetime | int | float | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value at `path` is one of these; None is no value. Of a list, one of its items is."""

    path: str
    values: tuple[str | int | float | None, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """There is a value at `path`, from `low` to `high` (both included; None: without limit)."""

    path: str
    low: Bound = None
    high: Bound = None


@dataclass(frozen=True, slots=True)
class HasEntry:
    """One of the texts at `path` is from `low`, included, to `high`, excluded. Of an entry, what follows the field contains the text."""

    low: str
    high: str
    contains: str = ""
    path: str = ENTRIES


@dataclass(frozen=True, slots=True)
class Not:
    """The test fails."""

    test: "LeadTest"


@dataclass(frozen=True, slots=True)
class Every:
    """All of the tests pass; of none: always."""

    tests: tuple["LeadTest", ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """One of the tests passes; of none: never."""

    tests: tuple["LeadTest", ...] = ()


LeadTest = OneOf | Between | HasEntry | Not | Every | Some


def passes(test: LeadTest, lead: Lead) -> bool:
    """Whether the lead passes the test."""
    return _passes(test, lead, frozenset(lead_entries(lead)))


def lead_entries(lead: Lead) -> list[str]:
    """The entries of a lead."""
    values = {name: getattr(lead, name) for name in lead.__struct_fields__}
    texts = {
        "next_action": lead.next_action.text if lead.next_action else None,
        "referred_by": lead.referred_by.key if lead.referred_by else None,
    }
    return entries_of(values | texts)


def _passes(test: LeadTest, lead: Lead, entries: frozenset[str]) -> bool:
    match test:
        case Not(inner):
            return not _passes(inner, lead, entries)
        case Every(tests):
            return all(_passes(one, lead, entries) for one in tests)
        case Some(tests):
            return any(_passes(one, lead, entries) for one in tests)
        case HasEntry(low, high, contains, path):
            texts = entries if path == ENTRIES else _value(lead, path)
            return any(low <= text < high and contains in text.partition(TEXT)[2] for text in texts)
        case OneOf(path, values):
            found = _value(lead, path)
            return any(one in values for one in found) if isinstance(found, tuple) else found in values
        case Between(path, low, high):
            found = _value(lead, path)
            return found is not None and (low is None or found >= low) and (high is None or found <= high)


def _value(lead: Lead, path: str) -> Any:
    found: Any = lead
    for part in path.split("."):
        found = getattr(found, part) if found is not None else None
    return found
