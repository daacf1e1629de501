"""CSV files: opens those of any usual program (rules.imports), writes UTF-8 that is safe from formula injection."""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice

from tracker.actions.csv_cells import safe
from tracker.base.errors import Invalid
from tracker.rules.imports import encodings
from tracker.rules.imports.headings import guessed, with_addresses
from tracker.rules.imports.tables import Row, Table, table_of

MAX_BYTES = 50 * 2**20
_SAMPLE_ROWS = 100
_FIELD = "file"


def opened(data: bytes, *, encoding: str = "", separator: str = "") -> Table:
    """The table in a file, by its guessed or chosen encoding. Raises Invalid (`file`) with a text for the person who exported the file."""
    if len(data) > MAX_BYTES:
        raise Invalid(_FIELD, f"must not be larger than {MAX_BYTES // 2**20} MB; split it")
    if data.startswith(b"PK\x03\x04"):
        raise Invalid(_FIELD, "is a spreadsheet; save it as CSV first")
    return table_of(encodings.decoded(data, encoding or encodings.guess(data)), separator)


def sample_of(table: Table) -> list[Row]:
    """The first rows, by which columns are guessed. Raises Invalid (`file`)."""
    return list(islice(table.rows(), _SAMPLE_ROWS))


def columns(table: Table, sample: Sequence[Row]) -> dict[int, str]:
    """The field of each column; unknown columns become custom fields `fields.<name>`. Raises Invalid without an email column."""
    found = with_addresses(guessed(table.header), [row.cells for row in sample])
    if "email" not in found.values():
        shown = ", ".join(title[:40] for title in table.header[:8])
        raise Invalid(_FIELD, f"has no column for email addresses. Its columns are: {shown}")
    return found


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV text without formulas; starts with a byte order mark, which Excel needs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(cell) for cell in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
