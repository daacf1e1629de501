"""CSV files: reads the usual encodings and separators, writes UTF-8 that is safe from formula injection."""

import csv
import io
from collections.abc import Iterable, Sequence

from tracker.actions.csv_cells import safe
from tracker.base.errors import Invalid

MAX_BYTES = 10 * 2**20
MAX_ROWS = 50_000
MAX_COLUMNS = 200
_SEPARATORS = ",;\t|"
_FIELD = "file"

Row = tuple[int, list[str]]
"""The line number at which a row starts, and its cells."""


def read(data: bytes) -> tuple[list[str], list[Row]]:
    """Header and non-empty rows. Raises Invalid (`file`) with a text for the person who exported the file."""
    if len(data) > MAX_BYTES:
        raise Invalid(_FIELD, f"must not be larger than {MAX_BYTES // 2**20} MB; split it")
    text = decode(data)
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
    if len(header) > MAX_COLUMNS:
        raise Invalid(_FIELD, f"has {len(header)} columns; at most {MAX_COLUMNS} can be read")
    if len(rows) - 1 > MAX_ROWS:
        raise Invalid(_FIELD, f"has more than {MAX_ROWS:,} rows; split it")
    return header, rows[1:]


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV text without formulas; starts with a byte order mark, which Excel needs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 (with or without byte order mark) or Windows-1252. Raises Invalid."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _reject_binary(_decode(data, encoding))
    head = data[:4000]
    if len(head) > 1 and head[1::2].count(0) > len(head) // 4:
        return _reject_binary(_decode(data, "utf-16-le"))
    if len(head) > 1 and head[0::2].count(0) > len(head) // 4:
        return _reject_binary(_decode(data, "utf-16-be"))
    try:
        return _reject_binary(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _reject_binary(data.decode("cp1252", "replace"))


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Invalid(_FIELD, "has invalid text; export it again as CSV (UTF-8)") from None


def _reject_binary(text: str) -> str:
    if text.startswith("PK\x03\x04"):
        raise Invalid(_FIELD, "is a spreadsheet; save it as CSV first")
    if "\0" in text:
        raise Invalid(_FIELD, "is not a text file; export it as CSV (UTF-8)")
    return text


def _separator(text: str) -> str:
    """The most frequent separator in the first line, outside quotes."""
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
    rows, start = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((start + first_line, cells))
            start = reader.line_num + 1
            if len(rows) > MAX_ROWS + 1:
                break
    except csv.Error:
        where = f"line {reader.line_num + first_line}"
        raise Invalid(_FIELD, f"cannot be read near {where}: a cell there is too long, or a quotation mark is missing") from None
    return rows
