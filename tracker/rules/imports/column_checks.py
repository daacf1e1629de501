"""What a whole column tells: dates of which day and month could be exchanged, and numbers that a spreadsheet rewrote. Pure.

Every row is seen once, before anything is stored. Cells stay as they are; the remarks say which to check.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.rules.imports import cells, dates
from tracker.rules.imports.headings import CUSTOM, heading_key

DAY, MONTH = "day", "month"
"""What a date of the column names first."""
DATE_FIELDS = frozenset(
    {
        "created_at",
        "action_due",
        "opted_out",
        "stage_date",
        "sale_date",
        "note_date",
        "call_date",
        "meeting_date",
        "touch_date",
        "inquiry_date",
    }
)
_PLAIN_DIGITS = re.compile(r"\d{9,14}")
_NORTH_AMERICAN = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
_CODE = re.compile(r"\d{4,5}")
_FOUR, _FIVE = 4, 5
_SERIAL = re.compile(r"[2-6]\d{4}(?:[.,]\d+)?")
_POSTAL = ("zip", "postal", "postcode", "plz", "postleitzahl", "codigopostal", "cap", "codicepostale", "cep", "codepostal")
_DATED = (
    "date",
    "datum",
    "fecha",
    "data",
    "birthday",
    "geburtstag",
    "anniversaire",
    "cumpleanos",
    "compleanno",
    "aniversario",
    "verjaardag",
)
_LISTED = 3


@dataclass(slots=True)
class ColumnFindings:
    """What was seen in one column: numbers of cells, and the first lines of each kind."""

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    example: str = ""
    """A date that fits both."""
    has_half_days: bool = False
    """Whether dates have a time with am or pm."""
    lines: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, kind: str, line: int) -> None:
        """Counts a cell of the kind."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        known = self.lines.setdefault(kind, [])
        if len(known) < _LISTED:
            known.append(line)

    @property
    def order(self) -> str | None:
        """`day` or `month`, as most of the dates tell; None if none does."""
        if self.day_first == self.month_first:
            return None
        return DAY if self.day_first > self.month_first else MONTH


class ColumnChecks:
    """Sees the rows of a file."""

    def __init__(self, header: Sequence[str], mapping: Mapping[int, str]) -> None:
        self._header, self._mapping = header, mapping
        self.found: dict[int, ColumnFindings] = {index: ColumnFindings() for index in mapping}
        keys = {index: heading_key(header[index]) for index in mapping if index < len(header)}
        self._dates = {index for index, what in mapping.items() if what in DATE_FIELDS}
        self._phones = {index for index, what in mapping.items() if what == "phone"}
        own = {index for index, what in mapping.items() if what.startswith(CUSTOM)}
        self._postal = {index for index in own if keys.get(index, "").startswith(_POSTAL)}
        self._dated = {index for index in own if any(word in keys.get(index, "") for word in _DATED)}
        self._others = own

    def see(self, line: int, row: Sequence[str]) -> None:
        """Looks at the cells of a row."""
        for index in self._dates:
            if index < len(row) and row[index]:
                self._date(self.found[index], row[index])
        for index in self._phones:
            if index < len(row) and row[index][-1:].isdigit():
                self._phone(self.found[index], line, row[index].strip())
        for index in self._others:
            if index < len(row) and row[index][-1:] and (row[index][-1].isdigit() or row[index][0] == "#"):
                self._own(index, line, row[index].strip())

    def _date(self, found: ColumnFindings, text: str) -> None:
        order = dates.order_of(text)
        if order == "":
            return
        if order is None:
            found.either += 1
            found.example = found.example or text.strip()
        elif order == MONTH:
            found.month_first += 1
        else:
            found.day_first += 1
        found.has_half_days = found.has_half_days or text.rstrip().lower().endswith(("am", "pm", "a.m.", "p.m."))

    @staticmethod
    def _phone(found: ColumnFindings, line: int, text: str) -> None:
        if cells.is_rounded(text):
            found.note("rounded", line)
        elif _PLAIN_DIGITS.fullmatch(text) and text[0] != "0" and not _NORTH_AMERICAN.fullmatch(text):
            found.note("bare", line)

    def _own(self, index: int, line: int, text: str) -> None:
        found = self.found[index]
        if cells.is_rounded(text):
            found.note("rounded", line)
        elif index in self._postal and _CODE.fullmatch(text):
            found.note("short" if len(text) == _FOUR else "whole", line)
        elif index in self._dated and _SERIAL.fullmatch(text):
            found.note("serial", line)

    def orders(self, chosen: Mapping[str, str], usual: str = "") -> dict[str, str]:
        """What the dates of each column name first, by its number: as they tell; where they do not, as chosen, as is `usual`, or as those
        of other columns.
        """
        evident = {index: found.order for index, found in self.found.items() if index in self._dates}
        others = next((order for order in evident.values() if order), None)
        made: dict[str, str] = {}
        for index, order in evident.items():
            guessed = others or (MONTH if self.found[index].has_half_days else DAY)
            asked = chosen.get(str(index)) or usual
            made[str(index)] = (asked or order or guessed) if index in self.ambiguous() else (order or asked or guessed)
        return made

    def ambiguous(self) -> dict[int, str]:
        """The columns of which every date, or some of a mixture, fits both orders, with an example."""
        return {
            index: found.example
            for index, found in self.found.items()
            if found.either and (found.order is None or (found.day_first and found.month_first))
        }

    def remarks(self, orders: Mapping[str, str]) -> list[str]:
        """What people should check, one sentence for each column and kind. `orders`: as by `orders`."""
        told = []
        for index, found in self.found.items():
            title = (self._header[index] if index < len(self._header) else "") or f"Column {index + 1}"
            if index in self.ambiguous():
                read = "day" if orders.get(str(index), DAY) == DAY else "month"
                kinds = (
                    "some name the day first, some the month"
                    if found.day_first and found.month_first
                    else "all fit day first and month first"
                )
                told.append(f"{title}: dates such as {found.example[:20]} can be read in two ways: {kinds}. They are read as {read} first")
            told += [f"{title}: {text}" for text in _numbers(found)]
        return told


def _numbers(found: ColumnFindings) -> list[str]:
    told = {
        "rounded": "{} rounded by a spreadsheet, so that digits are lost",
        "bare": "{} without a plus or a leading zero, which a spreadsheet may have removed",
        "serial": "{} with a number in place of a date, as spreadsheets write days",
    }
    if found.counts.get("whole", 0) > found.counts.get("short", 0):
        told["short"] = "{} with four digits, where others have five; a spreadsheet may have removed leading zeros"
    return [
        text.format(_cells(found.counts[kind], found.lines[kind])) + ". The cells are kept as they are"
        for kind, text in told.items()
        if found.counts.get(kind)
    ]


def _cells(count: int, lines: Sequence[int]) -> str:
    where = ", ".join(str(line) for line in lines)
    if count == 1:
        return f"1 cell (line {where})"
    return f"{count} cells (lines {where}{' …' if count > len(lines) else ''})"
