"""CSV import schemas of requests and responses."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tracker.actions.imports.csv_import import ImportReport
from tracker.domain.leads.duplicate_pair import DuplicatePair
from tracker.domain.leads.lead_import import ImportRow, LeadImport
from tracker.web.api.schemas.base import Out, Query

_REMARKS = "What to check: lines that do not add up, dates that can be read in two ways, numbers that a spreadsheet rewrote"


class ImportQuery(Query):
    """Defaults for new leads."""

    source: Annotated[str, Field(max_length=80)] = "Import"
    owner: str | None = None
    assign: bool = Field(False, description="Whether the assignment rules choose the owner of new leads that have none otherwise")
    dates: Literal["day", "month"] | None = Field(None, description="What dates name first that can be read in two ways; `day` by default")


class ImportJobQuery(ImportQuery):
    """Defaults for new leads, and the name of the file."""

    file_name: Annotated[str, Field(max_length=120)] = ""


class RefusedRow(Out):
    """A rejected row, or a cell that was kept as a custom field."""

    line: int
    field: str
    text: str


class KeptLead(Out):
    """A lead that an undo left, as a whole or with some values."""

    lead: str
    text: str = Field(description="Why it stays")


class ImportedPair(Out):
    """Two leads that may be the same person; at least one is new."""

    leads: list[str]
    reasons: list[str] = Field(description="address, phone, name_and_company or name")


class ImportResult(Out):
    """What an import did."""

    errors: list[RefusedRow] = Field(description="Rows that were not imported: their address is missing or impossible")
    warnings: list[RefusedRow] = Field(description="Cells that did not fit; they were kept as custom fields")
    remarks: list[str] = Field(description=_REMARKS)
    error_csv: str = Field(description="The rejected rows with their errors; empty if there are none")
    kept: list[KeptLead] = Field(description="After an undo: the leads that stay, or keep values")
    may_be_duplicates: list[ImportedPair] = Field(description="Pairs that no one dismissed, and that the caller may see; 200 at most")


class ImportOut(Out):
    """The result of an import."""

    id: str = Field(description="The import, for `GET /imports/{lead_import}` and its undo")
    added: int
    updated: int
    duplicates: int = Field(description="Rows without changes")
    kept_refusals: int = Field(description="Leads who refused tracking and whose row would allow it: the refusal stays")
    may_be_duplicates: int = Field(description="Pairs of leads that may be the same person; `GET /imports/{lead_import}/result` lists them")
    errors: list[RefusedRow] = Field(description="Rows that were not imported: their address is missing or impossible")
    warnings: list[RefusedRow] = Field(description="Cells that did not fit; they were kept as custom fields")
    remarks: list[str] = Field(description=_REMARKS)
    error_csv: str = Field(description="The rejected rows with their errors; empty if there are none")


class LeadImportOut(Out):
    """An import as a job."""

    id: str
    state: str = Field(description="waiting, running, done, cancelled, failed, undoing or undone")
    file_name: str
    rows: int = Field(description="Rows in the file")
    done: int = Field(description="Rows that are finished")
    added: int
    updated: int
    duplicates: int = Field(description="Rows without changes")
    refused: int = Field(description="Rows that were not imported")
    warnings: int = Field(description="Cells that were kept as custom fields")
    may_be_duplicates: int = Field(description="Pairs of leads that may be the same person; `GET /imports/{lead_import}/result` lists them")
    kept_refusals: int
    history: int = Field(description="Notes, calls, touches, inquiries and sales that came along")
    removed: int = Field(description="Leads that the undo removed")
    restored: int = Field(description="Known leads of which the undo took back what was filled in")
    kept: int = Field(description="Leads that the undo left, or some of their values, because they were changed or were active since")
    problem: str = Field(description="Why it failed; empty otherwise")
    created_at: datetime
    ended_at: datetime | None


def import_out(one: LeadImport) -> LeadImportOut:
    """The import for a response."""
    counts = one.counts
    return LeadImportOut(
        id=one.id,
        state=one.state,
        file_name=one.file_name,
        rows=one.rows,
        done=one.done,
        added=counts.added,
        updated=counts.updated,
        duplicates=counts.unchanged,
        refused=counts.refused,
        warnings=counts.warnings,
        kept_refusals=counts.kept_refusals,
        history=counts.history,
        may_be_duplicates=counts.may_be_same,
        removed=one.removed,
        restored=one.restored,
        kept=one.kept,
        problem=one.problem,
        created_at=one.created_at,
        ended_at=one.ended_at,
    )


def rows_out(rows: list[ImportRow]) -> list[RefusedRow]:
    """Rows without their cells."""
    return [RefusedRow(line=row.line, field=row.field, text=row.text) for row in rows]


def result_out(report: ImportReport, pairs: Iterable[DuplicatePair]) -> ImportResult:
    """The result for a response."""
    return ImportResult(
        errors=rows_out(report.errors),
        warnings=rows_out(report.warnings),
        remarks=report.remarks,
        error_csv=report.error_csv,
        kept=[KeptLead(lead=lead, text=text) for lead, text in report.kept.items()],
        may_be_duplicates=[ImportedPair(leads=list(pair.leads), reasons=list(pair.reasons)) for pair in pairs],
    )
