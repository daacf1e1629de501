"""Reading and writing CSV as spreadsheets do: any usual encoding and separator in, formula-safe UTF-8 out."""

import csv
import io
from collections.abc import Iterable, Sequence

from tracker.actions.leads.csv_cells import safe
from tracker.base.errors import Invalid

LARGEST = 10 * 2**20
MOST_ROWS = 50_000
MOST_COLUMNS = 200
_SEPARATORS = ",;\t|"
_FIELD = "file"

Row = tuple[int, list[str]]
"""The line on which a row begins in the file, and its cells."""


def read(data: bytes) -> tuple[list[str], list[Row]]:
    """Header and rows; empty rows are left out. Raises Invalid (`file`) in words for whoever exported it."""
    if len(data) > LARGEST:
        raise Invalid(_FIELD, f"must not be larger than {LARGEST // 2**20} MB; split it")
    text = decoded(data)
    if not text.strip():
        raise Invalid(_FIELD, "is empty")
    separator, first_line = None, 0
    head, _, rest = text.partition("\n")
    if head.strip().lower().startswith("sep=") and len(head.strip()) == len("sep=;"):
        separator, text, first_line = head.strip()[-1], rest, 1
    rows = _rows(text, separator or _separator(text), first_line)
    if not rows:
        raise Invalid(_FIELD, "is empty")
    header = [cell.strip() for cell in rows[0][1]]
    if len(header) > MOST_COLUMNS:
        raise Invalid(_FIELD, f"has {len(header)} columns; at most {MOST_COLUMNS} can be read")
    if len(rows) - 1 > MOST_ROWS:
        raise Invalid(_FIELD, f"has more than {MOST_ROWS:,} rows; split it")
    return header, rows[1:]


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV text in which no cell is a formula to a spreadsheet; begins with a byte order mark, which Excel wants."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 (with or without mark) or Windows Latin-1. Raises Invalid."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _no_binary(_decode(data, encoding))
    head = data[:4000]
    if len(head) > 1 and head[1::2].count(0) > len(head) // 4:
        return _no_binary(_decode(data, "utf-16-le"))
    if len(head) > 1 and head[0::2].count(0) > len(head) // 4:
        return _no_binary(_decode(data, "utf-16-be"))
    try:
        return _no_binary(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _no_binary(data.decode("cp1252", "replace"))


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Invalid(_FIELD, "is damaged: its text cannot be read; export it again as CSV (UTF-8)") from None


def _no_binary(text: str) -> str:
    if text.startswith("PK\x03\x04"):
        raise Invalid(_FIELD, "is a spreadsheet; save it as CSV first")
    if "\0" in text:
        raise Invalid(_FIELD, "is no text file; export it as CSV (UTF-8)")
    return text


def _separator(text: str) -> str:
    """The one that stands most often in the first line, outside quotes."""
    counts, quoted = dict.fromkeys(_SEPARATORS, 0), False
    for c in text.lstrip()[:20_000]:
        if c == '"':
            quoted = not quoted
        elif c in "\r\n" and not quoted:
            break
        elif c in counts and not quoted:
            counts[c] += 1
    return max(counts, key=lambda c: counts[c])


def _rows(text: str, separator: str, first_line: int) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, begun = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begun + first_line, cells))
            begun = reader.line_num + 1
            if len(rows) > MOST_ROWS + 1:
                break
    except csv.Error:
        where = f"line {reader.line_num + first_line}"
        raise Invalid(_FIELD, f"cannot be read near {where}: a cell there is too long, or a quotation mark is missing") from None
    return rows
