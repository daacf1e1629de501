"""Importing leads from CSV: a file in, a report out. A file imported twice adds nothing the second time."""

from dataclasses import dataclass, field
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.leads import csv_files
from tracker.actions.leads.batches import add_leads
from tracker.actions.leads.csv_rows import columns, values_of
from tracker.actions.leads.leads import change_lead
from tracker.actions.leads.lookups import LeadNames
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.domain.leads.lead import Lead
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Owners, Viewer, concealed, scope
from tracker.store.core.search_text import normalized

_BATCH = 500
_Ready = tuple[csv_files.Row, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not imported: the line on which it begins, the field, what to do."""

    line: int
    field: str
    text: str


@dataclass(slots=True)
class ImportReport:
    """What became of a file. `error_csv` holds the refused rows with their problem, to be mended and imported again."""

    added: int = 0
    updated: int = 0
    duplicates: int = 0
    """Rows that changed nothing: known leads with nothing new, or an address that stood in the file before."""
    errors: list[RowError] = field(default_factory=list)
    error_csv: str = ""
    added_ids: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, str]:
        """How many rows became what, for the audit log; without zeros."""
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
) -> ImportReport:
    """Adds leads that are new, fills in what is new about known ones. Raises Invalid (`file`) if nothing of it can be read.

    `source` and `owner` hold for new leads whose row names none. `viewer`: who imports, empty for an admin. Of a rep who
    sees only some leads, new leads become their own, and rows about leads that they may not see are refused.
    """
    header, rows = csv_files.read(data)
    known = deps.store.workspaces.get(workspace)
    meaning = columns(header)
    report, seen = ImportReport(), set[str]()
    refused: list[tuple[csv_files.Row, Invalid | Conflict]] = []
    names = LeadNames(deps, known)
    owners = scope(viewer) if viewer else None
    owned = {"owner": viewer.rep.id} if viewer and viewer.rep and owners is not None else {}
    for start in range(0, len(rows), _BATCH):
        ready: list[_Ready] = []
        for row in rows[start : start + _BATCH]:
            try:
                values = values_of(row[1], meaning, known)
            except Invalid as error:
                refused.append((row, error))
                continue
            if normalized(values["email"]) in seen:
                report.duplicates += 1
                continue
            seen.add(normalized(values["email"]))
            ready.append((row, values | owned))
        refused += _take_in(deps, known, names, report, ready, {"source": source, "owner": owner}, actor, owners)
    _explain(report, header, refused)
    return report


def _take_in(
    deps: Deps,
    workspace: Workspace,
    names: LeadNames,
    report: ImportReport,
    ready: list[_Ready],
    for_new: dict[str, Any],
    actor: str | None,
    owners: Owners | None,
) -> list[tuple[csv_files.Row, Invalid | Conflict]]:
    """Adds what is new of these rows, fills in what is known; the rows that were refused."""
    existing = deps.store.of(workspace.id).leads.by_emails(values["email"] for _, values in ready)
    fresh = [(row, for_new | values) for row, values in ready if normalized(values["email"]) not in existing]
    refused: list[tuple[csv_files.Row, Invalid | Conflict]] = []
    made = add_leads(deps, workspace, names, [values for _, values in fresh], actor)
    for (row, _), outcome in zip(fresh, made, strict=True):
        if isinstance(outcome, Lead):
            report.added += 1
            report.added_ids.append(outcome.id)
        else:
            refused.append((row, outcome))
    for row, values in ready:
        old = existing.get(normalized(values["email"]))
        if old and owners is not None and old.owner not in owners:
            refused.append((row, concealed(Taken("a lead with this email address exists already", kind="lead"))))
            continue
        news = _news(old, values) if old else {}
        try:
            if old and news:
                change_lead(deps, workspace.id, old.id, actor=actor, **news)
        except (Invalid, Conflict) as error:
            refused.append((row, error))
            continue
        report.updated += bool(news)
        report.duplicates += bool(old and not news)
    return refused


def _news(old: Lead, given: dict[str, Any]) -> dict[str, Any]:
    """What a row says that the lead does not say yet. Nothing that people decided (stage, owner, next action) is overwritten."""
    fresh: dict[str, Any] = {}
    for name in ("company", "phone", "job_title", "country", "timezone", "source", "source_detail", "external_url", "owner", "next_action"):
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


def _explain(report: ImportReport, header: list[str], refused: list[tuple[csv_files.Row, Invalid | Conflict]]) -> None:
    refused.sort(key=lambda one: one[0][0])
    for (line, _), error in refused:
        name = error.field if isinstance(error, Invalid) else "email"
        report.errors.append(RowError(line, name, str(error)))
    if refused:
        width = len(header)
        rows = [
            [*(cells + [""] * width)[:width], str(e.line), f"{e.field}: {e.text}"]
            for ((_, cells), _), e in zip(refused, report.errors, strict=True)
        ]
        report.error_csv = csv_files.write([*header, "line", "problem"], rows)
