"""Tables: what happened to leads, one array a column. Rows of the leads' tables name the row of their lead, in ascending order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tracker.rules.reports.columns.names import Names

Array: TypeAlias = npt.NDArray[Any]
Table: TypeAlias = dict[str, Array]

NEVER = 2**62
"""The moment or day of what has not happened."""
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "leads": {
        "id": "S1",
        "created": "i8",
        "stage": "i4",
        "owner": "i4",
        "source": "i4",
        "company": "i4",
        "country": "i4",
        "industry": "i4",
        "first_touch": "i4",
        "last_touch": "i4",
        "score": "i4",
        "value": "i8",
        "currency": "i4",
        "archived": "i8",
        "erased": "?",
        "is_guessed": "?",
        "is_day": "?",
    },
    "steps": {"lead": "i4", "id": "S1", "stage": "i4", "at": "i8", "reason": "i4"},
    "sales": {
        "lead": "i4",
        "id": "S1",
        "product": "i4",
        "rep": "i4",
        "currency": "i4",
        "amount": "i8",
        "sold_on": "i4",
        "refunds": "i4",
        "is_recurring": "?",
        "ended_on": "i8",
        "reason": "i4",
    },
    "inquiries": {"lead": "i4", "id": "S1", "at": "i8", "owner": "i4", "answered": "i8", "elapsed": "i8", "working": "i8"},
    "alerts": {"lead": "i4", "id": "S1", "at": "i8", "rule": "i4", "recipient": "i4", "rated": "i8", "is_useful": "?", "acted": "i8"},
    "tags": {"lead": "i4", "tag": "i4"},
    "mails": {
        "lead": "i4",
        "id": "S1",
        "sent": "i8",
        "sender": "i4",
        "campaign": "i4",
        "has_pixel": "?",
        "has_link": "?",
        "opened": "i8",
        "clicked": "i8",
        "visited": "i8",
        "replied": "i8",
        "any_opened": "i8",
        "any_clicked": "i8",
    },
    "touches": {"lead": "i4", "at": "i8", "touch": "i4", "page": "i4"},
    "visits": {"lead": "i4", "id": "S1", "at": "i8", "origin": "i4", "landing": "i4", "named": "?"},
}
"""By table: the columns with the type of each."""
TEXTS = {
    "stage",
    "owner",
    "source",
    "company",
    "country",
    "industry",
    "currency",
    "reason",
    "product",
    "rep",
    "tag",
    "first_touch",
    "last_touch",
    "rule",
    "recipient",
    "origin",
    "landing",
    "page",
    "touch",
    "sender",
    "campaign",
}
"""The columns that hold numbers of texts."""


@dataclass(frozen=True)
class Tables:
    """All leads of some kind. `is_guessed` marks a lead that began in the first stage because nothing says where it did."""

    names: Names
    leads: Table
    steps: Table
    sales: Table
    inquiries: Table
    alerts: Table
    tags: Table
    visits: Table
    touches: Table
    mails: Table

    def __len__(self) -> int:
        return len(self.leads["id"])

    @cached_property
    def order(self) -> Array:
        """The place of each lead in the order of ids."""
        found = np.empty(len(self), dtype=np.int64)
        found[np.argsort(self.leads["id"], kind="stable")] = np.arange(len(self))
        return found

    @cached_property
    def sales_in_order(self) -> Array:
        """The rows of sales by day, then in the order of entry."""
        return np.lexsort((self.sales["id"], self.sales["sold_on"]))

    @cached_property
    def first_tags(self) -> Array:
        """Where the tags of each lead begin, and where the last ones end."""
        return np.searchsorted(self.tags["lead"], np.arange(len(self) + 1))

    def ids(self) -> list[str]:
        """The ids of all leads."""
        return [one.decode() for one in self.leads["id"].tolist()]

    def rows_of(self, leads: Iterable[str]) -> Array:
        """Which leads have these ids."""
        return np.isin(self.leads["id"], np.array([lead.encode() for lead in leads], dtype="S"))

    def only(self, kept: Array) -> "Tables":
        """These leads alone, given as one truth value for each."""
        place = np.cumsum(kept, dtype=np.int64) - 1
        made: dict[str, Table] = {"leads": {name: column[kept] for name, column in self.leads.items()}}
        for name in COLUMNS.keys() - {"leads"}:
            table: Table = getattr(self, name)
            mask = kept[table["lead"]]
            made[name] = {column: its[mask] for column, its in table.items()}
            made[name]["lead"] = place[made[name]["lead"]].astype("i4")
        return Tables(self.names, **made)


def empty(names: Names) -> Tables:
    """No leads."""
    return made_of(names, {})


def made_of(names: Names, values: Mapping[str, Mapping[str, Sequence[Any]]]) -> Tables:
    """Tables of lists, by table and column."""
    made = {
        table: {name: _array(values.get(table, {}).get(name, ()), kind) for name, kind in columns.items()}
        for table, columns in COLUMNS.items()
    }
    return Tables(names, **made)


def _array(values: Sequence[Any], kind: str) -> Array:
    return np.array(values, dtype="S" if kind.startswith("S") and len(values) else kind)


def joined(parts: Sequence[Tables]) -> Tables:
    """The leads of all parts, which share their names."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(len(part) for part in parts)])
    made: dict[str, Table] = {}
    for table, columns in COLUMNS.items():
        its: list[Table] = [getattr(part, table) for part in parts]
        made[table] = {name: np.concatenate([one[name] for one in its]) for name in columns}
        if table != "leads":
            moved = [one["lead"] + start for one, start in zip(its, starts, strict=False)]
            made[table]["lead"] = np.concatenate(moved).astype("i4")
    return Tables(parts[0].names, **made)
