"""An import of leads from a file: a job with progress, and what each of its batches did."""

from datetime import datetime

import msgspec

from tracker.domain.leads.import_choices import ImportChoices

WAITING, RUNNING, DONE, CANCELLED, FAILED, UNDOING, UNDONE = "waiting", "running", "done", "cancelled", "failed", "undoing", "undone"
AT_WORK = (WAITING, RUNNING, UNDOING)
"""States in which a worker has something to do."""
ENDED = (DONE, CANCELLED, FAILED)
"""States in which an import can be undone."""


class ImportRow(msgspec.Struct, frozen=True):
    """A refused row, or a cell that did not fit: its line, the field, the reason; `cells` of a refused row."""

    line: int
    field: str
    text: str
    cells: tuple[str, ...] = ()


class ImportCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by result."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    """Leads with nothing new, or an address that occurs earlier in the file."""
    refused: int = 0
    warnings: int = 0
    """Cells that were kept as custom fields."""
    may_be_same: int = 0
    """Pairs of leads that may be the same person, with a new lead in each."""
    kept_refusals: int = 0
    """Leads who refused tracking, and who would allow it by the file: their refusal stays."""
    history: int = 0
    """Notes, calls, touches, inquiries and sales that came along."""


class LeadImport(msgspec.Struct, frozen=True, kw_only=True):
    """One import of one workspace."""

    id: str
    workspace: str
    state: str = WAITING
    file_name: str = ""
    choices: ImportChoices = ImportChoices()
    headings: str = ""
    """The set of headings, by which a choice of columns is remembered."""
    header: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """What to check: places that do not add up, dates that can be read in two ways, numbers that a spreadsheet rewrote."""
    damages: int = 0
    """Places of the file that do not add up."""
    rep: str | None = None
    """Who imports; None for a program."""
    rows: int = 0
    """Rows in the file."""
    done: int = 0
    """Rows that are finished: where the import continues."""
    part: int = 0
    """Rows that are written at once: fewer than a batch after MongoDB took too long; 0: all."""
    counts: ImportCounts = ImportCounts()
    problem: str = ""
    """Why it failed."""
    removed: int = 0
    """Leads that the undo removed."""
    restored: int = 0
    """Known leads of which the undo took back what was filled in."""
    kept: int = 0
    """Leads that stay or keep values, because they were changed or did something."""
    due_at: datetime
    """When a worker may take it up: at once, or when the lease of another one ends."""
    created_at: datetime
    ended_at: datetime | None = None
    version: int = 0


class ImportBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What the import did with some rows, written before (`is_done` false) and after."""

    id: str
    workspace: str
    lead_import: str
    number: int
    """The first row, from 0."""
    leads: tuple[str, ...] = ()
    """The leads that it adds."""
    companies: tuple[str, ...] = ()
    """Their companies, for an undo that was interrupted after it removed leads."""
    known: dict[str, int] = {}
    """The leads that it may change, with their versions before."""
    consented: tuple[str, ...] = ()
    """Those of them whose tracking consent it recorded."""
    records: dict[str, tuple[str, ...]] = {}
    """Ids of the history that it adds, by collection: notes, sales, inquiries."""
    refused: tuple[ImportRow, ...] = ()
    warnings: tuple[ImportRow, ...] = ()
    counts: ImportCounts = ImportCounts()
    kept: dict[str, str] = {}
    """After an undo: the leads that stay or keep values, with the reason."""
    is_done: bool = False
    has_persons: bool = False
    """Whether refused rows or warnings hold texts of the file."""
    at: datetime
