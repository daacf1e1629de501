"""/leads/import: import of leads from a CSV file."""

from tracker.actions.leads.imports import csv_import
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import check_may_set_owner
from tracker.web.api.operations import MAX_FILE, Call, Operations
from tracker.web.api.schemas.leads.csv_import import ImportOut, ImportQuery, RefusedRow

operations = Operations()


def _authorize(call: Call, query: ImportQuery, body: bytes) -> None:
    del body
    check_may_set_owner(call, query.owner)


@operations.add(
    "POST",
    "/leads/import",
    query=ImportQuery,
    response=ImportOut,
    file=True,
    max_body=MAX_FILE,
    authorize=_authorize,
    audit=(AuditAction.IMPORTED,),
)
def import_leads(call: Call, query: ImportQuery, body: bytes) -> ImportOut:
    """Imports leads from a CSV file; existing leads are updated, not duplicated."""
    made = csv_import.import_csv(
        call.deps, call.workspace.id, body, source=query.source, owner=query.owner, actor=call.rep_id, viewer=call.viewer
    )
    call.record(AuditAction.IMPORTED, "leads", **made.counts)
    errors = [RefusedRow(line=e.line, field=e.field, text=e.text) for e in made.errors]
    return ImportOut(
        added=made.added,
        updated=made.updated,
        duplicates=made.duplicates,
        kept_refusals=made.kept_refusals,
        errors=errors,
        error_csv=made.error_csv,
    )
