"""Cells of CSV files which no spreadsheet takes for a formula, and the way back. Called by `csv_files` for every cell that goes out.

An apostrophe goes in front of what a spreadsheet would compute, wherever a cell may begin to it: where Excel's list separator is a
semicolon, it splits our cells at semicolons, tabs and line ends, since quotes protect nothing then. Source: OWASP, CSV Injection.
"""

import re
import unicodedata
from collections.abc import Iterator

APOSTROPHE = "'"
FORMULA = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−⁼⁺⁻₌₊₋")
"""What begins a formula; spreadsheets of East Asia take the full-width forms alike."""
SEPARATORS = frozenset(";\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""Behind these another cell, or another row, may begin."""
CONTROLS = frozenset("\t\r\n\0")
"""A cell that begins with one of these is read differently by each program."""
_IGNORED_CATEGORIES = frozenset(("Cc", "Cf", "Mn", "Me", "Pi", "Pf", "Zs", "Zl", "Zp"))
_IGNORED = frozenset("'\"`´′″‵‶„‚＇＂｀\u115f\u1160\u3164\uffa0")
"""Quotes and blank letters, beside white space, controls, marks without width or of direction: what may stand before a formula."""
_SUSPECT = re.compile(f"[{re.escape(''.join(sorted(FORMULA | CONTROLS)))}]")


def safe(cell: str) -> str:
    """The cell as it may stand in a file; `plain` undoes it."""
    if not _SUSPECT.search(cell):
        return cell
    parts, written = [], 0
    for at in _starts(cell):
        if _is_computed(cell, at):
            parts += [cell[written:at], APOSTROPHE]
            written = at
    return "".join((*parts, cell[written:]))


def plain(cell: str) -> str:
    """A cell as it was before `safe`, without white space around it, so that a corrected error file can be imported again.

    An apostrophe typed by hand before a telephone number is removed as well.
    """
    parts, written = [], 0
    for at in _starts(cell):
        if cell.startswith(APOSTROPHE, at) and _is_computed(cell, at + 1):
            parts.append(cell[written:at])
            written = at + 1
    return "".join((*parts, cell[written:])).strip()


def _starts(cell: str) -> Iterator[int]:
    """Where a cell may begin: at the very start, and behind separators, of several in a row the last."""
    yield 0
    for place in range(1, len(cell)):
        if cell[place - 1] in SEPARATORS and cell[place] not in SEPARATORS:
            yield place


def _is_computed(cell: str, at: int) -> bool:
    """Whether a spreadsheet may compute the cell that begins here, or read it in its own way."""
    place = at
    while place < len(cell) and _is_ignored(cell[place]):
        place += 1
    if place < len(cell) and cell[place] in FORMULA:
        return True
    return at <= 1 and cell[at:].lstrip(APOSTROPHE)[:1] in CONTROLS and cell[:at] in ("", APOSTROPHE)


def _is_ignored(character: str) -> bool:
    return character in _IGNORED or unicodedata.category(character) in _IGNORED_CATEGORIES
