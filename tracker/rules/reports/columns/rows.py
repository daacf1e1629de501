"""Rows: what a report counts, as arrays with one value for each record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import overload

import numpy as np

from tracker.rules.reports.columns.names import NOTHING
from tracker.rules.reports.columns.packing import NO_SCORE, lead_of
from tracker.rules.reports.columns.tables import Array, Tables
from tracker.rules.reports.records import Group, Record

STAYS, CUSTOMERS = "stays", "customers"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """As `Record`, one array a field; None where all records have what a record has unless it says otherwise.

    `table` and `row` say what a record is: a row of a table, a stay that begins with a step, or the customer of a lead.
    """

    tables: Tables
    table: str
    row: Array
    lead: Array
    own: Mapping[Group, Array] = field(default_factory=dict)
    hit: Array | None = None
    counted: Array | None = None
    amount: Array | None = None
    foreign: Array | None = None
    """The currency of an amount that no rate converts, which is in `foreign_amount`."""
    foreign_amount: Array | None = None
    estimated: Array | None = None
    ms: Array | None = None
    """Below 0: none; the same of the next ones, but of a score, where it is `NO_SCORE`."""
    working_ms: Array | None = None
    score: Array | None = None
    number: Array | None = None
    named: Array | None = None
    automatic: Array | None = None
    outcomes: Mapping[str, Array] = field(default_factory=dict)
    """Truth values by outcome."""
    customer: Array | None = None
    """A number for each customer, where customers are counted."""

    def __len__(self) -> int:
        return len(self.lead)

    def only(self, kept: Array) -> "Rows":
        """Some of the rows, by truth values or places."""

        def of(column: Array | None) -> Array | None:
            return None if column is None else column[kept]

        return Rows(
            tables=self.tables,
            table=self.table,
            row=self.row[kept],
            lead=self.lead[kept],
            own={group: codes[kept] for group, codes in self.own.items()},
            hit=of(self.hit),
            counted=of(self.counted),
            amount=of(self.amount),
            foreign=of(self.foreign),
            foreign_amount=of(self.foreign_amount),
            estimated=of(self.estimated),
            ms=of(self.ms),
            working_ms=of(self.working_ms),
            score=of(self.score),
            number=of(self.number),
            named=of(self.named),
            automatic=of(self.automatic),
            outcomes={name: column[kept] for name, column in self.outcomes.items()},
            customer=of(self.customer),
        )

    def of_customers(self) -> "Rows":
        """As `records.of_customers`."""
        if self.customer is None or self.counted is None or self.amount is None:
            return self
        erased, order = self.tables.leads["erased"][self.lead], self.tables.order[self.lead]
        ranked = np.lexsort((self.row, order, erased, ~self.counted))[::-1]
        known, place = np.unique(self.customer, return_inverse=True)
        first, amount = np.zeros(len(known), dtype="i8"), np.zeros(len(known), dtype="i8")
        first[place[ranked]] = ranked  # of several the last one stays
        np.add.at(amount, place, self.amount)
        kept = self.counted[first]
        return replace(self.only(first[kept]), table=CUSTOMERS, amount=amount[kept], foreign=None, foreign_amount=None, estimated=None)

    def in_order(self) -> "Rows":
        """By the ids of leads, then as the rows are stored."""
        return self.only(np.lexsort((self.row, self.tables.order[self.lead])))


class RecordList(Sequence[Record]):
    """The records of rows, each made when it is asked for."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._ordered: Rows | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        """One record, or a list of some."""
        if self._ordered is None:
            self._ordered = self._rows.in_order()
        places = range(len(self))[index]
        return self._record(self._ordered, places) if isinstance(places, int) else [self._record(self._ordered, one) for one in places]

    def _record(self, rows: Rows, place: int) -> Record:
        names = rows.tables.names
        foreign = NOTHING if rows.foreign is None else int(rows.foreign[place])
        return Record(
            id=_id(rows, place),
            lead=lead_of(rows.tables, int(rows.lead[place])),
            own={group: names.text(int(codes[place])) for group, codes in rows.own.items()},
            is_hit=rows.hit is None or bool(rows.hit[place]),
            is_counted=rows.counted is None or bool(rows.counted[place]),
            amount=0 if rows.amount is None else int(rows.amount[place]),
            foreign=None if foreign < 0 or rows.foreign_amount is None else (int(rows.foreign_amount[place]), names.texts[foreign]),
            is_estimated=rows.estimated is not None and bool(rows.estimated[place]),
            ms=_value(rows.ms, place),
            working_ms=_value(rows.working_ms, place),
            score=_value(rows.score, place, NO_SCORE),
            number=_value(rows.number, place),
            is_automatic=rows.automatic is not None and bool(rows.automatic[place]),
            outcomes=tuple(name for name, column in rows.outcomes.items() if column[place]),
            is_named=rows.named is None or bool(rows.named[place]),
        )


def _value(column: Array | None, place: int, none: int = NOTHING) -> float | None:
    return None if column is None or column[place] <= none else float(column[place])


def _id(rows: Rows, place: int) -> str:
    tables, lead = rows.tables, int(rows.lead[place])
    if rows.table == STAYS:
        return f"{tables.leads['id'][lead].decode()}:{int(rows.row[place]) - int(np.searchsorted(tables.steps['lead'], lead))}"
    if rows.table == CUSTOMERS:
        return tables.names.text(int(tables.leads["company"][lead])) or str(tables.leads["id"][lead].decode())
    return str(getattr(tables, rows.table)["id"][int(rows.row[place])].decode())
