"""Rows of an imported file: the separator, the line of the headings, and damage, which is said with its lines. Pure.

Rows are read one at a time: a file of 50 MB is never held as a table.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.base.errors import Invalid
from tracker.rules.imports.headings import field_of, recognised
from tracker.rules.imports.quotation_marks import SEPARATORS, is_open, physical_lines, unwrapped

MAX_COLUMNS = 300
MAX_ROWS = 200_000
HEAD_ROWS = 10
"""The headings are searched in this many rows."""
_FIELD = "file"
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]{2,}")
_SAMPLE = 60_000
_LISTED = 50
_MOST_NULS = 100
"""One character in so many may be a NUL, as some programs leave them."""


class Row(NamedTuple):
    """A row of the file: the line at which it starts, its cells, and what is wrong with its shape."""

    line: int
    cells: list[str]
    problem: str = ""


class Damage(NamedTuple):
    """What does not add up, with the first and the last line."""

    line: int
    last: int
    text: str


@dataclass(slots=True)
class Table:
    """The headings of a file, and how to read its rows."""

    header: list[str]
    separator: str
    header_line: int
    """The line of the headings; 0 if the file has none."""
    text: str
    first_line: int = 0
    """Lines that were cut off before `text`."""
    damages: list[Damage] = field(default_factory=list)
    """Filled while the rows are read; the first 50."""
    more_damages: int = 0

    def rows(self, email_columns: Sequence[int] = ()) -> Iterator[Row]:
        """The rows below the headings without empty ones. `email_columns` tell swallowed rows from long cells. Raises Invalid (`file`)."""
        self.damages.clear()
        self.more_damages = count = 0
        raw: list[str] = []
        line = 0
        for line, cells, raw in _records(self.text, self.separator, self.first_line):
            if line <= self.header_line or not any(cell.strip() for cell in cells):
                continue
            swallowed = self._swallowed(line, raw, email_columns) if len(raw) > 1 else None
            for row in swallowed or (Row(line, cells),):
                count += 1
                if count > MAX_ROWS:
                    raise Invalid(_FIELD, f"has more than {MAX_ROWS:,} rows; split it")
                yield self._shaped(row, email_columns)
        if is_open(raw, self.separator) and not (self.damages and self.damages[-1].line == line):
            self._damaged(line, line + len(raw) - 1, "a quotation mark is left open until the end of the file")

    def _swallowed(self, line: int, raw: list[str], email_columns: Sequence[int]) -> list[Row] | None:
        """The rows of a record whose quotation mark was left open; None if its line breaks belong to a cell."""
        lines = [self._alone(one) for one in raw]
        if not any(self._is_person(cells, email_columns) for cells in lines[1:]):
            return None
        self._damaged(line, line + len(raw) - 1, "a quotation mark is left open; each of these lines is read as a row")
        return [Row(line + number, cells) for number, cells in enumerate(lines) if any(cell.strip() for cell in cells)]

    def _is_person(self, cells: list[str], email_columns: Sequence[int]) -> bool:
        """Whether a line by itself is a row: an address and nothing else in a column of addresses."""
        width = len(self.header)
        is_row = min(2, width) <= len(cells) <= width
        return is_row and any(index < len(cells) and _ADDRESS.fullmatch(cells[index].strip()) for index in email_columns)

    def _alone(self, line: str) -> list[str]:
        """The cells of one physical line, with a single quotation mark taken as nothing."""
        if line.count('"') % 2 == 0:
            return next(csv.reader([line], delimiter=self.separator), [])
        return [cell.strip().strip('"') for cell in line.split(self.separator)]

    def _shaped(self, row: Row, email_columns: Sequence[int]) -> Row:
        width, cells = len(self.header), row.cells
        while len(cells) > width and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) <= width:
            return Row(row.line, cells)
        problem = f"has {len(cells)} cells, but there are {width} headings"
        self._damaged(row.line, row.line, problem)
        joined = _joined(cells, width, self.separator)
        if joined is not None and any(_has_address(joined, index) for index in email_columns):
            return Row(row.line, joined)
        return Row(row.line, cells, problem)

    def _damaged(self, line: int, last: int, text: str) -> None:
        if len(self.damages) < _LISTED:
            self.damages.append(Damage(line, last, text))
        else:
            self.more_damages += 1


def table_of(text: str, separator: str = "") -> Table:
    """The table in the text. `separator`: as chosen by a person. Raises Invalid (`file`) for a file without rows."""
    if text.startswith("PK\x03\x04"):
        raise Invalid(_FIELD, "is a spreadsheet; save it as CSV first")
    if text.count("\0") * _MOST_NULS > len(text):
        raise Invalid(_FIELD, "is not a text file; export it as CSV (UTF-8)")
    first_line = 0
    head, _, rest = text.partition("\n")
    if head.strip().lower().startswith("sep=") and len(head.strip("\r\n")) == len("sep=;"):
        separator, text, first_line = separator or head.strip("\r\n")[-1], rest, 1
    text = text.replace("\0", "")
    if not text.strip():
        raise Invalid(_FIELD, "is empty")
    text = unwrapped(text)
    separator = separator or _separator(text)
    line, header = _header(_head(text, separator, first_line))
    if len(header) > MAX_COLUMNS:
        raise Invalid(_FIELD, f"has {len(header)} columns; at most {MAX_COLUMNS} can be read")
    return Table(header, separator, line, text, first_line)


def _head(text: str, separator: str, first_line: int) -> list[Row]:
    found: list[Row] = []
    for line, cells, _ in _records(text[:_SAMPLE] if len(text) > _SAMPLE else text, separator, first_line):
        if any(cell.strip() for cell in cells):
            found.append(Row(line, cells))
        if len(found) == HEAD_ROWS:
            break
    return found


def _separator(text: str) -> str:
    """The separator by which most headings are recognised; else the one that cuts a row into most cells."""

    def score(separator: str) -> tuple[int, int]:
        try:
            rows = _head(text, separator, 0)
        except Invalid:
            return 0, 0
        return max((recognised(row.cells), 0) for row in rows)[0], len(rows[0].cells) if rows else 0

    return max(SEPARATORS, key=score)


def _header(rows: list[Row]) -> tuple[int, list[str]]:
    """The line of the headings and the headings: the first row with one for addresses, else the one with most known headings.

    A file that begins with people has none: its columns get numbers.
    """
    named = next((row for row in rows if any(field_of(cell) == "email" for cell in row.cells)), None)
    if named is None:
        before = [row for row in rows if not any(_has_address(row.cells, index) for index in range(len(row.cells)))]
        if not before or before[0] != rows[0]:
            return 0, [f"Column {number + 1}" for number in range(max(len(row.cells) for row in rows))]
        named = max(before, key=lambda row: (recognised(row.cells), -row.line)) if recognised(before[0].cells) == 0 else before[0]
        if recognised(named.cells) == 0:
            named = rows[0]
    cells = [cell.strip() for cell in named.cells]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return named.line, cells


def _joined(cells: list[str], width: int, separator: str) -> list[str] | None:
    """The row with cells joined that begin with a space, as after a comma in a text; None if that does not add up."""
    found: list[str] = []
    for cell in cells:
        if found and cell[:1] == " " and cell.strip():
            found[-1] += separator + cell
        else:
            found.append(cell)
    return found if len(found) == width else None


def _has_address(cells: Sequence[str], index: int) -> bool:
    return index < len(cells) and _ADDRESS.search(cells[index]) is not None


def _records(text: str, separator: str, first_line: int) -> Iterator[tuple[int, list[str], list[str]]]:
    """Line, cells and physical lines of each record. A record without an end is given in its lines. Raises Invalid for a line too long."""
    lines, line = physical_lines(text), 1 + first_line
    while True:
        raw: list[str] = []
        reader = csv.reader(_noting(lines, raw), delimiter=separator)
        try:
            for cells in reader:
                yield line, cells, [one.rstrip("\r\n") for one in raw]
                line += len(raw)
                raw.clear()
        except csv.Error:
            if len(raw) == 1:
                raise Invalid(
                    _FIELD, f"cannot be read near line {line}: a cell there is too long, or a quotation mark is missing"
                ) from None
            yield line, ["…"], [one.rstrip("\r\n") for one in raw]
            line += len(raw)
            continue
        return


def _noting(lines: Iterator[str], raw: list[str]) -> Iterator[str]:
    for line in lines:
        raw.append(line)
        yield line
