"""An uploaded file with the choices of its import: the table, the mapping of its columns, and a reader of its rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracker.actions.deps import Deps
from tracker.actions.imports import csv_files
from tracker.actions.imports.rep_names import RepNames
from tracker.actions.imports.rows.csv_rows import RowReader
from tracker.actions.leads.fields import validated
from tracker.base.errors import Invalid
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports import encodings
from tracker.rules.imports.column_checks import DAY, MONTH, ColumnChecks
from tracker.rules.imports.headings import CUSTOM, REPEATABLE, columns_of
from tracker.rules.imports.tables import Damage, Row, Table

FIELDS = (
    *("email", "name", "prefix", "first", "middle", "particle", "last", "second_last", "suffix", "company", "phone", "job_title"),
    *("country", "timezone", "tags", "source", "source_detail", "owner", "value", "value_currency", "stage", "lost_reason"),
    *("action_text", "action_due", "consent", "external_url", "note", "opted_out", "mail_status", "bounced", "created_at"),
    *("stage_date", "note_date", "call", "call_date", "meeting", "meeting_date", "touch", "touch_date", "inquiry", "inquiry_date"),
    *("sale_amount", "sale_currency", "sale_date", "sale_product"),
)
"""The fields that a column may hold, besides custom ones."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file that can be imported."""

    table: Table
    encoding: str
    mapping: dict[int, str]
    reader: RowReader
    sample: list[Row]
    orders: dict[str, str]
    """What the dates of each column name first, `day` or `month`, by its number."""
    checks: ColumnChecks
    """Of all rows, where the file was `checked`; else of none."""
    count: int = 0
    """Rows, where the file was `checked`."""

    def rows(self) -> Iterator[Row]:
        """The rows one by one. Raises Invalid (`file`)."""
        return self.table.rows(columns_of(self.mapping, "email"))

    @property
    def damaged(self) -> int:
        """How many places of the file do not add up, once all rows were read."""
        return len(self.table.damages) + self.table.more_damages

    def remarks(self) -> list[str]:
        """What people should check: places that do not add up, and what whole columns tell. Once all rows were read."""
        return [*(_told(damage) for damage in self.table.damages), *self.checks.remarks(self.orders)]


def _told(damage: Damage) -> str:
    lines = f"Line {damage.line}" if damage.line == damage.last else f"Lines {damage.line} to {damage.last}"
    return f"{lines}: {damage.text}"


def open_file(deps: Deps, workspace: Workspace, data: bytes, choices: ImportChoices, *, checked: bool = False) -> ImportFile:
    """Reads the headings and the first rows; if `checked`, all rows, to see what their columns tell.

    Raises Invalid for the file and for choices that do not fit it.
    """
    validated("source", choices.source)
    encoding = choices.encoding or encodings.guess(data)
    table = csv_files.opened(data, encoding=encoding, separator=choices.separator)
    sample = csv_files.sample_of(table)
    mapping = _chosen(choices, len(table.header)) if choices.columns else csv_files.columns(table, sample)
    checks, count = ColumnChecks(table.header, mapping), 0
    for row in table.rows(columns_of(mapping, "email")) if checked else ():
        checks.see(row.line, row.cells)
        count += 1
    orders = checks.orders(_orders(choices), choices.usual_order) if checked else choices.orders
    reader = RowReader(
        table,
        mapping,
        workspace,
        deps.now(),
        owner_of=RepNames(deps, workspace.id).find,
        orders=orders,
        choices=choices.values,
        tags=validated("tags", choices.tags),
    )
    return ImportFile(table, encoding, mapping, reader, sample, orders, checks, count)


def _orders(choices: ImportChoices) -> dict[str, str]:
    """Raises Invalid (`orders`)."""
    if any(order not in (DAY, MONTH) for order in (*choices.orders.values(), choices.usual_order or DAY)):
        raise Invalid("orders", f"must be {DAY} or {MONTH}")
    return choices.orders


def _chosen(choices: ImportChoices, width: int) -> dict[int, str]:
    """The mapping that a person chose. Raises Invalid (`columns`)."""
    found: dict[int, str] = {}
    for number, field in choices.columns.items():
        if not field:
            continue
        if not number.isdecimal() or int(number) >= width or not (field in FIELDS or field.startswith(CUSTOM)):
            raise Invalid("columns", "must name columns by their number from 0, and fields of a lead")
        if field in found.values() and field not in REPEATABLE and not field.startswith(CUSTOM):
            raise Invalid("columns", f"two columns cannot both be “{field.replace('_', ' ')}”")
        found[int(number)] = field
    if "email" not in found.values():
        raise Invalid("columns", "must have one for email addresses")
    return found
