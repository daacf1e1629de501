"""Import of leads from a CSV file. Importing the same file again adds nothing."""

from dataclasses import dataclass, field
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads.batches import add_leads
from tracker.actions.leads.imports import csv_files
from tracker.actions.leads.imports.csv_rows import columns, values_of
from tracker.actions.leads.imports.imported_consent import ImportedConsent
from tracker.actions.leads.leads import change_lead
from tracker.actions.leads.lookups import EMAIL_TAKEN, LeadLookups
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Owners, Viewer, concealed, scope

_BATCH = 500
_ParsedRow = tuple[csv_files.Row, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RowError:
    """A rejected row: its line, the field and the error."""

    line: int
    field: str
    text: str


@dataclass(slots=True)
class ImportReport:
    """The result of an import. `error_csv` holds the rejected rows with their errors, to be corrected and imported again."""

    added: int = 0
    updated: int = 0
    duplicates: int = 0
    """Rows without changes: leads with nothing new, or an address that occurs earlier in the file."""
    kept_refusals: int = 0
    """Leads who refused tracking, and who would allow it by the file: their refusal stays."""
    errors: list[RowError] = field(default_factory=list)
    error_csv: str = ""
    added_ids: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, str]:
        """Number of rows by result for the audit log, without zeros."""
        found = {"added": self.added, "updated": self.updated, "unchanged": self.duplicates, "refused": len(self.errors)}
        return {name: str(count) for name, count in found.items() if count}


def import_csv(
    deps: Deps,
    workspace: str,
    data: bytes,
    *,
    source: str = "Import",
    owner: str | None = None,
    actor: str | None = None,
    viewer: Viewer | None = None,
    file_name: str = "",
) -> ImportReport:
    """Adds new leads and fills in missing values of existing ones. Raises Invalid (`file`) for an unreadable file.

    `source` and `owner` are defaults for new leads. `viewer` is the importing rep, None for an admin. A rep who sees only
    some leads becomes the owner of new leads, and rows about hidden leads are rejected. `file_name` is part of the proof of consents.
    """
    header, rows = csv_files.read(data)
    known = deps.store.workspaces.get(workspace)
    fields = columns(header)
    report, seen = ImportReport(), set[str]()
    rejected: list[tuple[csv_files.Row, Invalid | Conflict]] = []
    lookups = LeadLookups(deps, known)
    owners, consents = scope(viewer) if viewer else None, ImportedConsent(file_name, actor)
    owned = {"owner": viewer.rep.id} if viewer and viewer.rep and owners is not None else {}
    for start in range(0, len(rows), _BATCH):
        parsed: list[_ParsedRow] = []
        for row in rows[start : start + _BATCH]:
            try:
                values = values_of(row[1], fields, known)
            except Invalid as error:
                rejected.append((row, error))
                continue
            if mailbox_key(values["email"]) in seen:
                report.duplicates += 1
                continue
            seen.add(mailbox_key(values["email"]))
            parsed.append((row, values | owned))
        rejected += _import_batch(deps, known, lookups, report, parsed, {"source": source, "owner": owner}, consents, owners)
    _report_errors(report, header, rejected)
    return report


def _import_batch(
    deps: Deps,
    workspace: Workspace,
    lookups: LeadLookups,
    report: ImportReport,
    parsed: list[_ParsedRow],
    for_new: dict[str, Any],
    consents: ImportedConsent,
    owners: Owners | None,
) -> list[tuple[csv_files.Row, Invalid | Conflict]]:
    """Adds or updates the leads of one batch; returns the rejected rows."""
    existing = deps.store.of(workspace.id).leads.by_emails(values["email"] for _, values in parsed)
    fresh = [(row, for_new | consents.for_new(values, deps)) for row, values in parsed if mailbox_key(values["email"]) not in existing]
    rejected: list[tuple[csv_files.Row, Invalid | Conflict]] = []
    made = add_leads(deps, workspace, lookups, [values for _, values in fresh], consents.actor)
    for (row, _), outcome in zip(fresh, made, strict=True):
        if isinstance(outcome, Lead):
            report.added += 1
            report.added_ids.append(outcome.id)
        else:
            rejected.append((row, outcome))
    for row, values in parsed:
        old = existing.get(mailbox_key(values["email"]))
        if old and owners is not None and old.owner not in owners:
            rejected.append((row, concealed(Taken(EMAIL_TAKEN, kind="lead"))))
            continue
        try:
            is_changed = old is not None and _update(deps, old, values, consents)
        except (Invalid, Conflict) as error:
            rejected.append((row, error))
            continue
        report.updated += is_changed
        report.duplicates += bool(old and not is_changed)
        report.kept_refusals += bool(old and consents.is_kept_refusal(old, values))
    return rejected


def _update(deps: Deps, old: Lead, values: dict[str, Any], consents: ImportedConsent) -> bool:
    """Fills in what the lead lacks; returns whether something changed. Raises Invalid, Conflict."""
    changes = _new_values(old, values)
    if changes:
        change_lead(deps, old.workspace, old.id, actor=consents.actor, **changes)
    return consents.apply(old, values, deps) or bool(changes)


def _new_values(old: Lead, given: dict[str, Any]) -> dict[str, Any]:
    """The values of a row that the lead lacks. Decisions of people (stage, owner, next action) are not overwritten."""
    fresh: dict[str, Any] = {}
    for name in (
        "company",
        "phone",
        "job_title",
        "country",
        "timezone",
        "source",
        "source_detail",
        "external_url",
        "owner",
        "next_action",
        "value",
    ):
        if given.get(name) and not getattr(old, name):
            fresh[name] = given[name]
    if given["name"] != old.name and old.name == old.email:
        fresh["name"] = given["name"]
    added = tuple(tag for tag in given.get("tags", ()) if tag.casefold() not in {t.casefold() for t in old.tags})
    if added:
        fresh["tags"] = (*old.tags, *added)
    if any(old.fields.get(name) != value for name, value in given.get("fields", {}).items()):
        fresh["fields"] = old.fields | given["fields"]
    return fresh


def _report_errors(report: ImportReport, header: list[str], rejected: list[tuple[csv_files.Row, Invalid | Conflict]]) -> None:
    rejected.sort(key=lambda one: one[0][0])
    for (line, _), error in rejected:
        name = error.field if isinstance(error, Invalid) else "email"
        report.errors.append(RowError(line, name, str(error)))
    if rejected:
        width = len(header)
        rows = [
            [*(cells + [""] * width)[:width], str(e.line), f"{e.field}: {e.text}"]
            for ((_, cells), _), e in zip(rejected, report.errors, strict=True)
        ]
        report.error_csv = csv_files.write([*header, "line", "problem"], rows)
