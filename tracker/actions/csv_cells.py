"""Protection of CSV cells against formula injection, and its removal. Called by `csv_files` for every written cell.

An apostrophe is inserted before each formula, wherever a spreadsheet may start a cell: with a semicolon as list separator, Excel
splits cells at semicolons, tabs and line ends, even inside quotes. Source: OWASP, CSV Injection.
"""

import re
import unicodedata
from collections.abc import Iterator

APOSTROPHE = "'"
FORMULA = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−⁼⁺⁻₌₊₋")
"""Characters that start a formula; East Asian spreadsheets also accept the full-width forms."""
SEPARATORS = frozenset(";\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""Characters after which a cell or row may start."""
CONTROLS = frozenset("\t\r\n\0")
"""Leading characters that programs interpret differently."""
_IGNORED_CATEGORIES = frozenset(("Cc", "Cf", "Mn", "Me", "Pi", "Pf", "Zs", "Zl", "Zp"))
_IGNORED = frozenset("'\"`´′″‵‶„‚＇＂｀\u115f\u1160\u3164\uffa0")
"""Quotes and blank letters. Like white space, controls and zero-width marks, they may precede a formula."""
_SUSPECT = re.compile(f"[{re.escape(''.join(sorted(FORMULA | CONTROLS)))}]")


def safe(cell: str) -> str:
    """The cell protected for a file; `plain` reverses it."""
    if not _SUSPECT.search(cell):
        return cell
    parts, written = [], 0
    for at in _starts(cell):
        if _is_formula(cell, at):
            parts += [cell[written:at], APOSTROPHE]
            written = at
    return "".join((*parts, cell[written:]))


def plain(cell: str) -> str:
    """The cell before `safe`, stripped, so that a corrected error file can be imported again.

    An apostrophe typed before a telephone number is removed as well.
    """
    parts, written = [], 0
    for at in _starts(cell):
        if cell.startswith(APOSTROPHE, at) and _is_formula(cell, at + 1):
            parts.append(cell[written:at])
            written = at + 1
    return "".join((*parts, cell[written:])).strip()


def _starts(cell: str) -> Iterator[int]:
    """Positions at which a cell may start: 0, and after each run of separators."""
    yield 0
    for position in range(1, len(cell)):
        if cell[position - 1] in SEPARATORS and cell[position] not in SEPARATORS:
            yield position


def _is_formula(cell: str, at: int) -> bool:
    """Whether a spreadsheet may interpret the cell that starts here as a formula."""
    position = at
    while position < len(cell) and _is_ignored(cell[position]):
        position += 1
    if position < len(cell) and cell[position] in FORMULA:
        return True
    return at <= 1 and cell[at:].lstrip(APOSTROPHE)[:1] in CONTROLS and cell[:at] in ("", APOSTROPHE)


def _is_ignored(character: str) -> bool:
    return character in _IGNORED or unicodedata.category(character) in _IGNORED_CATEGORIES
