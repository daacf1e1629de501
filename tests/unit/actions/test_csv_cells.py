"""Cells that no spreadsheet computes: a table of them, in every locale's reading, and the way back."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.actions.csv_cells import CONTROLS, FORMULA, plain, safe
from tracker.actions.imports import csv_files

TABLE = {
    "=1+1": "'=1+1",
    "+49 170 1234567": "'+49 170 1234567",
    "-1": "'-1",
    "@SUM(A1)": "'@SUM(A1)",
    "＝1+1": "'＝1+1",
    "＋1": "'＋1",
    "－1": "'－1",
    "＠x": "'＠x",
    "﹦1": "'﹦1",
    "−1": "'−1",
    "\tx": "'\tx",
    "\rx": "'\rx",
    "\nx": "'\nx",
    "\0x": "'\0x",
    " =1": "' =1",
    "\u00a0=1": "'\u00a0=1",
    "\u3000＝1": "'\u3000＝1",
    "\u200b=1": "'\u200b=1",
    "\ufeff=1": "'\ufeff=1",
    "\u202e=1": "'\u202e=1",
    "\u2066=1": "'\u2066=1",
    "\u00ad=1": "'\u00ad=1",
    "\x1b=1": "'\x1b=1",
    "\u034f=1": "'\u034f=1",
    "\u3164=1": "'\u3164=1",
    '"=1"': '\'"=1"',
    '""=1': '\'""=1',
    "“=1”": "'“=1”",
    "'=1": "''=1",
    "' =1": "'' =1",
    "`=1": "'`=1",
    "a;=1": "a;'=1",
    "a; =1": "a;' =1",
    'a;"=1"': 'a;\'"=1"',
    "a;b;+1;c;@d": "a;b;'+1;c;'@d",
    ";=1": ";'=1",
    "a\t=1": "a\t'=1",
    "a\n=1": "a\n'=1",
    "a\r\n-1": "a\r\n'-1",
    "a;\t=1": "a;\t'=1",
    "a;＝1": "a;'＝1",
    "=1;=2": "'=1;'=2",
}
"""What a spreadsheet would compute, and what is written instead."""
HARMLESS = [
    "",
    "plain",
    "1+1",
    "a=b",
    "mara@acme.example",
    "x - y",
    "a;b",
    "a; b = c",
    "it's",
    "'tis",
    "don't; won't",
    "a\tb",
    "Ü",
    "(+49) 170",
    "a,=1",
]


@pytest.mark.parametrize("cell", TABLE)
def test_what_would_be_computed_gets_an_apostrophe(cell: str) -> None:
    """And loses it again on import."""
    assert safe(cell) == TABLE[cell]
    assert plain(safe(cell)) == cell.strip()


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    """In both directions."""
    assert safe(cell) == cell
    assert plain(cell) == cell.strip()


ODD = "=+-@＝＋－＠'\"; \t\r\n\0\u200b\u202e\u00a0ax1,|"
CELLS = st.text(st.sampled_from(ODD) | st.characters(exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=1000)
@given(cell=CELLS)
@example(cell="';'=1")
@example(cell="'\t'")
@example(cell="''\t=1")
def test_every_cell_comes_back(cell: str) -> None:
    """Without the white space around it, which import never keeps."""
    assert plain(safe(cell)) == cell.strip()


@settings(max_examples=1000)
@given(row=st.lists(CELLS, min_size=1, max_size=4), separator=st.sampled_from(",;\t"))
def test_no_locale_finds_a_formula(row: list[str], separator: str) -> None:
    """Whichever character is its separator, and whether it heeds quotes or not."""
    text = csv_files.write(["h"] * len(row), [row]).removeprefix("\ufeff")
    former = csv.field_size_limit(2**20)
    try:
        heeding = [cell for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in cells]
    finally:
        csv.field_size_limit(former)  # it counts for the whole process, and so for the tests after this one
    ignoring = [cell for line in text.replace("\r", "\n").split("\n") for cell in line.split(separator)] if separator != "," else []
    for cell in (*heeding, *ignoring):
        assert cell.lstrip(' "\t\0\u200b\u202e\u00a0')[:1] not in FORMULA
    if separator == ",":
        assert not any(cell[:1] in CONTROLS for cell in heeding)


def test_a_file_of_refused_rows_can_be_imported_again() -> None:
    """Telephone numbers, and notes of several lines."""
    row = ["mara@acme.example", "+49 170 1234567", "- first\n- second; =x", "\u2066-5"]
    (read,) = csv_files.opened(csv_files.write(["email", "phone", "note", "x"], [row]).encode()).rows()

    assert [plain(cell) for cell in read.cells] == row
