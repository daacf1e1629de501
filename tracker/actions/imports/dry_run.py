"""What an import of a file would do, as far as the file and the known leads tell. Stores nothing."""

from itertools import islice

from tracker.actions.deps import Deps
from tracker.actions.imports.import_file import ImportFile
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead_import import ImportCounts, ImportRow

_AT_ONCE = 2_000
_MOST_WARNINGS = 500


def dry_run(deps: Deps, workspace: str, file: ImportFile) -> tuple[ImportCounts, list[ImportRow], list[ImportRow]]:
    """Rows by result, those that would be refused, and the first cells that would be kept as custom fields. `updated`: known leads.

    Raises Invalid (`file`).
    """
    here, rows = deps.store.of(workspace), file.rows()
    seen, refused, warnings = set[str](), list[ImportRow](), list[ImportRow]()
    known = twice = warned = history = 0
    while part := list(islice(rows, _AT_ONCE)):
        fresh = set[str]()
        for row in part:
            try:
                found = file.reader.read(row)
            except Invalid as error:
                refused.append(ImportRow(row.line, error.field, str(error), tuple(row.cells)))
                continue
            key = mailbox_key(found.values["email"])
            twice += key in seen
            history += len(found.past)
            warned += len(found.warnings)
            warnings += [ImportRow(row.line, one.field, str(one)) for one in found.warnings[: _MOST_WARNINGS - len(warnings)]]
            fresh |= {key} - seen
            seen.add(key)
        known += len(here.leads.by_emails(fresh))
    counts = ImportCounts(added=len(seen) - known, updated=known, unchanged=twice, refused=len(refused), warnings=warned, history=history)
    return counts, refused, warnings
