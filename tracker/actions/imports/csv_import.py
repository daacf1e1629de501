"""An import that is carried out at once, and the report of any import. Importing the same file again adds nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tracker.actions.deps import Deps
from tracker.actions.imports import csv_files
from tracker.actions.imports.import_jobs import carry_out, start
from tracker.base.errors import Invalid
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.leads.lead_import import FAILED, ImportCounts, ImportRow, LeadImport
from tracker.rules.visibility import Viewer

MOST_AT_ONCE = 10 * 2**20
"""Bytes of a file that is imported while the caller waits."""
_MOST_ROWS = 50_000


@dataclass(slots=True)
class ImportReport:
    """The result of an import. `error_csv` holds the rejected rows with their errors, to be corrected and imported again."""

    id: str
    added: int = 0
    updated: int = 0
    duplicates: int = 0
    """Rows without changes: leads with nothing new, or an address that occurs earlier in the file."""
    kept_refusals: int = 0
    """Leads who refused tracking, and who would allow it by the file: their refusal stays."""
    errors: list[ImportRow] = field(default_factory=list)
    warnings: list[ImportRow] = field(default_factory=list)
    """Cells that did not fit and were kept as custom fields."""
    remarks: list[str] = field(default_factory=list)
    """What to check: places that do not add up, and what whole columns tell."""
    error_csv: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    """After an undo: the leads that stay, with the reason."""


def counted(counts: ImportCounts) -> dict[str, str]:
    """Number of rows by result for the audit log, without zeros."""
    found = {"added": counts.added, "updated": counts.updated, "unchanged": counts.unchanged, "refused": counts.refused}
    return {name: str(count) for name, count in found.items() if count}


def import_csv(
    deps: Deps,
    workspace: str,
    data: bytes,
    *,
    choices: ImportChoices | None = None,
    actor: str | None = None,
    viewer: Viewer | None = None,
    file_name: str = "",
) -> LeadImport:
    """Adds new leads and fills in missing values of existing ones, before it returns. Raises Invalid for an unreadable file (`file`)
    and for choices that do not fit it.

    `viewer` is the importing rep, None for an admin. A rep who sees only some leads becomes the owner of new leads, and rows about
    hidden leads are rejected. `file_name` is part of the proof of consents.
    """
    if len(data) > MOST_AT_ONCE:
        raise Invalid("file", f"is larger than {MOST_AT_ONCE // 2**20} MB; import it in the background")
    one = start(
        deps, workspace, data, choices=choices or ImportChoices(), file_name=file_name, rep=actor, is_at_once=True, most_rows=_MOST_ROWS
    )
    one, _ = carry_out(deps, one, viewer=viewer)
    if one.state == FAILED:
        raise Invalid("file", one.problem)
    return one


def report_of(deps: Deps, one: LeadImport) -> ImportReport:
    """What the import did, with all rows that were rejected."""
    counts = one.counts
    report = ImportReport(one.id, counts.added, counts.updated, counts.unchanged, counts.kept_refusals, remarks=list(one.remarks))
    for batch in deps.store.of(one.workspace).import_batches.of_import(one.id):
        report.errors += batch.refused
        report.warnings += batch.warnings
        report.kept |= batch.kept
    report.errors.sort(key=lambda row: row.line)
    if report.errors:
        report.error_csv = csv_files.write([*one.header, "line", "problem"], error_rows(one.header, report.errors))
    return report


def error_rows(header: Sequence[str], errors: Sequence[ImportRow]) -> Iterator[list[str]]:
    """The cells of refused rows, with line and problem, below the headings."""
    width = len(header)
    for row in errors:
        cells = [*row.cells, *[""] * width][: max(width, len(row.cells))]
        yield [*cells, str(row.line), f"{row.field}: {row.text}"]
