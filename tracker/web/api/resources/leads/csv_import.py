"""/leads/import: import of leads from a CSV file, at once or as a job (`imports`)."""

from tracker.actions.imports import csv_import, import_jobs
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import check_may_set_owner
from tracker.web.api.operations import MAX_FILE, MAX_IMPORT, Call, Operations
from tracker.web.api.schemas.leads.csv_import import ImportJobQuery, ImportOut, ImportQuery, LeadImportOut, import_out, rows_out

operations = Operations()


def _authorize(call: Call, query: ImportQuery, body: bytes) -> None:
    del body
    check_may_set_owner(call, query.owner)


def _choices(query: ImportQuery) -> ImportChoices:
    return ImportChoices(source=query.source, owner=query.owner, is_assigned=query.assign, usual_order=query.dates or "")


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
    one = csv_import.import_csv(
        call.deps,
        call.workspace.id,
        body,
        choices=_choices(query),
        actor=call.rep_id,
        viewer=call.viewer,
    )
    call.record(AuditAction.IMPORTED, "leads", **csv_import.counted(one.counts))
    made = csv_import.report_of(call.deps, one)
    return ImportOut(
        id=made.id,
        added=made.added,
        updated=made.updated,
        duplicates=made.duplicates,
        kept_refusals=made.kept_refusals,
        may_be_duplicates=one.counts.may_be_same,
        errors=rows_out(made.errors),
        warnings=rows_out(made.warnings),
        remarks=made.remarks,
        error_csv=made.error_csv,
    )


@operations.add(
    "POST",
    "/imports",
    query=ImportJobQuery,
    response=LeadImportOut,
    status=202,
    file=True,
    max_body=MAX_IMPORT,
    authorize=_authorize,
    audit=(AuditAction.IMPORTED,),
)
def start_import(call: Call, query: ImportJobQuery, body: bytes) -> LeadImportOut:
    """Imports leads from a CSV file in the background; `GET /imports/{lead_import}` tells the progress."""
    one = import_jobs.start(call.deps, call.workspace.id, body, choices=_choices(query), file_name=query.file_name, rep=call.rep_id)
    call.record(AuditAction.IMPORTED, "leads", rows=str(one.rows))
    return import_out(one)
