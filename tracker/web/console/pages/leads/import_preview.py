"""The preview of a CSV import: columns, existing leads, duplicates and problems."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.actions.leads.imports import csv_files
from tracker.actions.leads.imports.csv_rows import columns, values_of
from tracker.base.errors import Invalid, Taken
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Viewer, concealed, may_see
from tracker.store.leads.leads import Leads

_LISTED = 10
_AT_ONCE = 2000
_LABELS = {
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
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file. `becomes` is empty if the column is not imported."""

    title: str
    example: str
    becomes: str
    is_custom: bool


@dataclass(slots=True)
class Preview:
    """The result of reading the file. Each list holds the first ten rows of its kind."""

    columns: list[Column]
    rows: int
    new: int = 0
    known: int = 0
    twice: int = 0
    wrong: int = 0
    known_leads: list[tuple[int, Lead]] = field(default_factory=list)
    twice_lines: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, problem: str) -> None:
        """Adds a row that will not be imported."""
        self.wrong += 1
        if len(self.problems) < _LISTED:
            self.problems.append((line, problem))


def preview_of(data: bytes, workspace: Workspace, leads: Leads, viewer: Viewer) -> Preview:
    """Reads the file and changes nothing. A row of a lead that the viewer may not see counts as a problem.

    Raises Invalid (`file`) if the file is unreadable.
    """
    header, rows = csv_files.read(data)
    meaning = columns(header)
    found = Preview([_column(header, rows, meaning, i) for i in range(len(header)) if header[i]], len(rows))
    emails: list[tuple[int, str]] = []
    seen: set[str] = set()
    for line, cells in rows:
        try:
            email = str(values_of(cells, meaning, workspace)["email"])
        except Invalid as error:
            name = error.field.replace("_", " ").replace(".", " ")
            found.refuse(line, f"{name[:1].upper()}{name[1:]} {error}")
            continue
        if mailbox_key(email) in seen:
            found.twice += 1
            if len(found.twice_lines) < _LISTED:
                found.twice_lines.append((line, email))
            continue
        seen.add(mailbox_key(email))
        emails.append((line, email))
    malformed, address_of = found.wrong, dict(emails)
    for line, lead in _known(emails, leads):
        if not may_see(viewer, lead):
            found.refuse(line, f"{address_of[line]}: {concealed(Taken('a lead with this address exists already', kind='lead'))}")
            continue
        found.known += 1
        if len(found.known_leads) < _LISTED:
            found.known_leads.append((line, lead))
    found.new = len(emails) - found.known - (found.wrong - malformed)
    return found


def _known(emails: list[tuple[int, str]], leads: Leads) -> Iterable[tuple[int, Lead]]:
    for start in range(0, len(emails), _AT_ONCE):
        part = emails[start : start + _AT_ONCE]
        existing = leads.by_emails(email for _, email in part)
        yield from ((line, existing[mailbox_key(email)]) for line, email in part if mailbox_key(email) in existing)


def _column(header: list[str], rows: list[csv_files.Row], meaning: dict[int, str], i: int) -> Column:
    example = next((cells[i].strip() for _, cells in rows[:50] if i < len(cells) and cells[i].strip()), "")
    what = meaning.get(i, "")
    is_custom = what.startswith("fields.")
    words = what.removeprefix("fields.") if is_custom else _LABELS.get(what, what.replace("_", " ").capitalize())
    return Column(header[i], example[:80], words, is_custom)
