"""The preview of a CSV import: columns, existing leads, duplicates and problems."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.actions.imports.import_file import ImportFile
from tracker.actions.imports.unknown_values import UnknownValues
from tracker.base.errors import Invalid, Taken
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.rules.imports.headings import CUSTOM
from tracker.rules.imports.tables import Damage, Row
from tracker.rules.visibility import Viewer, concealed, may_see
from tracker.store.leads.leads import Leads

_LISTED = 10
_AT_ONCE = 2000
_CHECKED = 5_000
"""Rows whose cells are all checked before the import."""
LABELS = {
    "email": "Email",
    "name": "Name",
    "first": "First name",
    "last": "Last name",
    "job_title": "Job title",
    "timezone": "Time zone",
    "source_detail": "Source detail",
    "lost_reason": "Lost reason",
    "value_currency": "Currency of the value",
    "action_text": "Next action",
    "action_due": "Next action due",
    "consent": "Tracking consent",
    "external_url": "External link",
    "prefix": "Form of address",
    "middle": "Middle name",
    "particle": "Name particle",
    "second_last": "Second last name",
    "suffix": "Name suffix",
    "opted_out": "Unsubscribed",
    "mail_status": "Email status",
    "created_at": "Created on",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file. `field` and `becomes` are empty if the column is not imported."""

    number: int
    title: str
    example: str
    field: str
    becomes: str
    is_custom: bool
    order: str = ""
    """`day` or `month`, where dates of the column can be read in two ways."""


@dataclass(slots=True)
class Preview:
    """The result of reading the file. Each list holds the first ten rows of its kind."""

    columns: list[Column]
    unknown: UnknownValues
    rows: int = 0
    new: int = 0
    known: int = 0
    twice: int = 0
    wrong: int = 0
    known_leads: list[tuple[int, Lead]] = field(default_factory=list)
    twice_lines: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    warned: int = 0
    """Cells that do not fit and are kept as custom fields, in the first rows."""
    warnings: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What to check, of whole columns."""
    damages: list[Damage] = field(default_factory=list)
    more_damages: int = 0

    def refuse(self, line: int, problem: str) -> None:
        """Adds a row that will not be imported."""
        self.wrong += 1
        if len(self.problems) < _LISTED:
            self.problems.append((line, problem))


def preview_of(file: ImportFile, leads: Leads, viewer: Viewer, unknown: UnknownValues) -> Preview:
    """Reads the file and changes nothing. A row of a lead that the viewer may not see counts as a problem.

    Raises Invalid (`file`) if the file is unreadable.
    """
    found = Preview([_column(file, i) for i in range(len(file.table.header))], unknown=unknown)
    found.remarks = file.checks.remarks(file.orders)
    emails: list[tuple[int, str]] = []
    seen: set[str] = set()
    for row in file.rows():
        found.rows += 1
        unknown.see(file, row)
        email = _email(file, row, found)
        if email is None:
            continue
        if mailbox_key(email) in seen:
            found.twice += 1
            if len(found.twice_lines) < _LISTED:
                found.twice_lines.append((row.line, email))
            continue
        seen.add(mailbox_key(email))
        emails.append((row.line, email))
    found.damages = file.table.damages[:_LISTED]
    found.more_damages = len(file.table.damages) + file.table.more_damages - len(found.damages)
    _compare(found, emails, leads, viewer)
    return found


def _email(file: ImportFile, row: Row, found: Preview) -> str | None:
    """The address of the row; None for one that will be refused. Beyond the first thousands of rows, cells are not checked."""
    if found.rows > _CHECKED:
        return file.reader.likely_email(row)
    try:
        values = file.reader.read(row)
    except Invalid as error:
        found.refuse(row.line, f"{_field_words(error)} {error}")
        return None
    for warning in values.warnings:
        found.warned += 1
        if len(found.warnings) < _LISTED:
            found.warnings.append((row.line, f"{_field_words(warning)} {warning}"))
    return str(values.values["email"])


def _field_words(error: Invalid) -> str:
    name = error.field.replace("_", " ").replace(".", " ")
    return f"{name[:1].upper()}{name[1:]}"


def _compare(found: Preview, emails: list[tuple[int, str]], leads: Leads, viewer: Viewer) -> None:
    """Counts the rows about known leads."""
    malformed, address_of = found.wrong, dict(emails)
    for line, lead in _known(emails, leads):
        if not may_see(viewer, lead):
            found.refuse(line, f"{address_of[line]}: {concealed(Taken('a lead with this address exists already', kind='lead'))}")
            continue
        found.known += 1
        if len(found.known_leads) < _LISTED:
            found.known_leads.append((line, lead))
    found.new = len(emails) - found.known - (found.wrong - malformed)


def _known(emails: list[tuple[int, str]], leads: Leads) -> Iterable[tuple[int, Lead]]:
    for start in range(0, len(emails), _AT_ONCE):
        part = emails[start : start + _AT_ONCE]
        existing = leads.by_emails(email for _, email in part)
        yield from ((line, existing[mailbox_key(email)]) for line, email in part if mailbox_key(email) in existing)


def _column(file: ImportFile, i: int) -> Column:
    example = next((row.cells[i].strip() for row in file.sample if i < len(row.cells) and row.cells[i].strip()), "")
    what = file.mapping.get(i, "")
    is_custom = what.startswith(CUSTOM)
    words = what.removeprefix(CUSTOM) if is_custom else words_of(what)
    order = file.orders.get(str(i), "") if i in file.checks.ambiguous() else ""
    return Column(i, file.table.header[i], (file.checks.ambiguous().get(i) or example)[:80], what, words, is_custom, order)


def words_of(field: str) -> str:
    """A field of a lead in words."""
    return LABELS.get(field, field.replace("_", " ").capitalize())
