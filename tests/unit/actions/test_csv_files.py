"""CSV as spreadsheets write it: encodings, separators, quotes, formulas."""

import pytest

from tracker.actions.imports import csv_files
from tracker.base.errors import Invalid

TEXT = "E-Mail;Name\r\njörg@acme.example;Jörg\r\n"


def read(data):
    """Header, and rows with their lines."""
    table = csv_files.opened(data)
    return table.header, [(row.line, row.cells) for row in table.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_usual_encodings_are_told_apart(encoding):
    """However it was saved, the letters come out right."""
    header, rows = read(TEXT.encode(encoding))

    assert (header, rows) == (["E-Mail", "Name"], [(2, ["jörg@acme.example", "Jörg"])])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_told_apart(separator):
    """The one of the header line counts, outside quotes; lines are those of the file."""
    text = f'"a{separator}x"{separator}b\n\n"1\n2"{separator}"say ""hi"""\n3{separator}4\n'

    header, rows = read(text.encode())

    assert header == [f"a{separator}x", "b"]
    assert rows == [(3, ["1\n2", 'say "hi"']), (5, ["3", "4"])]


def test_excels_own_hint_is_understood():
    """`sep=;` says the separator and is no header."""
    assert read(b"sep=;\r\na,x;b\r\n1;2\r\n") == (["a,x", "b"], [(3, ["1", "2"])])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"PK\x03\x04zip", "spreadsheet"),
        (b"a,b\n\x00\x00", "text file"),
        (b"a," * 600 + b"\n1", "columns"),
        (b"x" * (51 * 2**20), "larger"),
    ],
    ids=["empty", "xlsx", "binary", "wide", "large"],
)
def test_what_cannot_be_read_is_explained(data, word):
    """The error says in words what the file is."""
    with pytest.raises(Invalid, match=word) as caught:
        read(data)
    assert caught.value.field == "file"


def test_too_many_rows_are_refused():
    """The limit is said before anything is imported."""
    with pytest.raises(Invalid, match="200,000"):
        read(b"email\n" + b"a\n" * 200_001)
