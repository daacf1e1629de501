"""History in the columns of a file: calls, meetings, notes, touches, inquiries and sales with their own dates. Used by `csv_rows`.

The first column of a kind belongs to the first one with its date, the second to the second. What does not fit stays a custom field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.actions import checks
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import LeadValue
from tracker.domain.pipeline.note import TOUCH
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports import dates
from tracker.rules.imports.column_checks import MONTH
from tracker.rules.imports.headings import columns_of

INQUIRY, SALE = "inquiry", "sale"
_DEFAULTS = {"call": "Called.", "meeting": "Met."}
"""The text of a call or meeting of which only the date is known, as the page of a lead stores it."""
_PARTS = {
    **{kind: (kind, "text") for kind in ("note", "call", "meeting", TOUCH, INQUIRY)},
    **{f"{kind}_date": (kind, "date") for kind in ("note", "call", "meeting", TOUCH, INQUIRY, SALE)},
    **{f"sale_{part}": (SALE, part) for part in ("amount", "currency", "product")},
}
"""Kind and part by the field of a column."""
_LONGEST = 5_000
_UNNAMED = "Sale"
Cell = tuple[int, str]
Kept = tuple[int, str, Invalid | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRecord:
    """One record of the history of a lead."""

    kind: str
    """note, call, meeting, touch, inquiry or sale."""
    at: datetime
    text: str = ""
    """Of a touch: its type; of a sale: the product."""
    value: LeadValue | None = None
    """Of a sale."""
    day: date | None = None
    """Of a sale."""


class HistoryReader:
    """Reads the history in the rows of one file."""

    def __init__(
        self,
        mapping: Mapping[int, str],
        workspace: Workspace,
        now: datetime,
        orders: Mapping[str, str],
        money: Callable[[str, str], LeadValue],
    ) -> None:
        """`money`: an amount from its cell and its currency; raises Invalid."""
        self._workspace, self._now, self._orders, self._money = workspace, now, orders, money
        self._zone = ZoneInfo(workspace.timezone)
        is_dated = "note_date" in mapping.values()  # a note without a date is a text about the person
        self._places = {
            index: (*_PARTS[what], number)
            for what in _PARTS
            if what != "note" or is_dated
            for number, index in enumerate(columns_of(mapping, what))
        }

    def takes(self, index: int) -> bool:
        """Whether the column is one of the history."""
        return index in self._places

    def read(self, cells: Sequence[Cell], created: str) -> tuple[list[PastRecord], list[Kept]]:
        """The records of a row, and the cells that stay custom fields, with the reason where they should have fit.

        `created`: the cell of the date of creation, which an inquiry without its own has.
        """
        groups: dict[tuple[str, int], dict[str, Cell]] = {}
        for index, text in cells:
            kind, part, number = self._places[index]
            groups.setdefault((kind, number), {})[part] = (index, text)
        made, kept = list[PastRecord](), list[Kept]()
        for (kind, _), parts in groups.items():
            try:
                found = self._sale(parts) if kind == SALE else self._record(kind, parts, created)
            except Invalid as error:
                kept += [(index, text, error if number == 0 else None) for number, (index, text) in enumerate(parts.values())]
                continue
            if found is None:
                kept += [(index, text, None) for index, text in parts.values()]
            else:
                made.append(found)
        return made, kept

    def _record(self, kind: str, parts: Mapping[str, Cell], created: str) -> PastRecord | None:
        index, text = parts.get("text", (-1, ""))
        at = self._at(kind, parts["date"]) if "date" in parts else None
        if at is None and text and kind in _DEFAULTS and self._moment(index, text):  # `Last call: 2026-03-01`
            at, text = self._at(kind, (index, text)), ""
        if at is None and kind == INQUIRY and created:
            at = self._at(kind, (-1, created))
        if at is None:
            if kind == "note":
                return None
            raise Invalid(kind, "has no date; it is kept as a custom field")
        if kind == TOUCH:
            known = self._workspace.touch_type(text)
            if known is None:
                raise Invalid(TOUCH, f"“{text[:60]}” is no touch type of this workspace")
            return PastRecord(kind=kind, at=at, text=known.name)
        words = checks.words(kind, text or _DEFAULTS.get(kind, ""), longest=_LONGEST, required=kind != INQUIRY)
        return PastRecord(kind=kind, at=at, text=words)

    def _sale(self, parts: Mapping[str, Cell]) -> PastRecord | None:
        if "amount" not in parts:
            return None
        if "date" not in parts:
            raise Invalid(SALE, "has no date; it is kept as a custom field")
        at = self._at(SALE, parts["date"])
        product = " ".join(parts["product"][1].split()) if "product" in parts else _UNNAMED
        value = self._money(parts["amount"][1], parts["currency"][1] if "currency" in parts else "")
        text = checks.line("sale_product", product)
        return PastRecord(kind=SALE, at=at, text=text, value=value, day=at.astimezone(self._zone).date())

    def _moment(self, index: int, text: str) -> datetime | None:
        return dates.moment(text, self._zone, month_first=self._orders.get(str(index)) == MONTH)

    def _at(self, kind: str, cell: Cell) -> datetime:
        found = self._moment(*cell)
        if found is None:
            raise Invalid(f"{kind}_date", "must be a date such as 2027-03-01")
        return checks.moment(f"{kind}_date", found, self._now)
