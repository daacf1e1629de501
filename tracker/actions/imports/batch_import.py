"""One batch of an import: adds and fills in leads. A batch that a killed process left behind is repeated without doubles.

The ids of new leads follow from the import and the address, and what a batch means to do is stored before it is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.imports.history_records import add_history
from tracker.actions.imports.imported_consent import ImportedConsent
from tracker.actions.imports.known_leads import fill_in
from tracker.actions.imports.rows.csv_rows import RowReader
from tracker.actions.imports.rows.history_cells import PastRecord
from tracker.actions.leads.batches import add_leads
from tracker.actions.leads.duplicates import find_of_import
from tracker.actions.leads.lookups import EMAIL_TAKEN, LeadLookups
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.base.ids import id_of
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.lead_import import ImportBatch, ImportCounts, ImportRow, LeadImport
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.imports.tables import Row
from tracker.rules.visibility import Owners, Viewer, concealed, scope

SIZE = 500
_MOST_WARNINGS = 500
"""Warnings of a batch that are kept; all are counted."""


@dataclass(slots=True)
class _Work:
    """A batch while it runs."""

    fresh: list[tuple[Row, str, dict[str, Any]]] = field(default_factory=list)
    """Rows of new leads, with the id and the values of each."""
    known: list[tuple[Row, Lead, dict[str, Any]]] = field(default_factory=list)
    refused: list[ImportRow] = field(default_factory=list)
    warnings: list[ImportRow] = field(default_factory=list)
    unchanged: int = 0
    earlier: set[str] = field(default_factory=set)
    """Leads that an earlier batch added, with another row in this one."""
    past: list[tuple[str, str, list[PastRecord]]] = field(default_factory=list)
    """The history in the rows: address, the id that a new lead with it would have, and the records."""


class BatchImporter:
    """Imports the rows of one file in batches."""

    def __init__(self, deps: Deps, workspace: Workspace, one: LeadImport, viewer: Viewer | None) -> None:
        self._deps, self._workspace, self._import = deps, workspace, one
        self._here = deps.store.of(workspace.id)
        self._lookups = LeadLookups(deps, workspace)
        self._consents = ImportedConsent(one.file_name, one.rep)
        self._owners: Owners | None = scope(viewer) if viewer else None
        self._owned = {"owner": viewer.rep.id} if viewer and viewer.rep and self._owners is not None else {}
        self._assigner = Assigner(deps, workspace) if one.choices.is_assigned else None
        self._for_new = {"source": one.choices.source, "owner": one.choices.owner}

    def run(self, number: int, rows: Sequence[Row], reader: RowReader) -> ImportBatch:
        """Imports the rows, of which the first has this number in the file. May be repeated."""
        batch_id = id_of(self._import.id, str(number))
        former = self._here.import_batches.find(batch_id)
        if former is not None and former.is_done:
            return former
        work = self._planned(rows, reader, former)
        batch = self._begun(batch_id, number, work, former)
        added = self._add(work)
        changed, consented, kept_refusals = self._fill_in(work, former, batch)
        seen = {*added, *batch.known, *(lead.id for _, lead, _ in work.known), *work.earlier}
        records = add_history(self._deps, self._workspace, batch, [(lead, past) for _, lead, past in work.past if lead in seen])
        counts = ImportCounts(
            may_be_same=find_of_import(self._deps, self._workspace, self._import.id, added),
            added=len(added),
            updated=len(changed),
            unchanged=work.unchanged + len(work.known) - len(changed),
            refused=len(work.refused),
            warnings=len(work.warnings),
            kept_refusals=kept_refusals,
            history=sum(len(ids) for ids in records.values()),
        )
        done = msgspec.structs.replace(
            batch,
            leads=tuple(added),
            consented=tuple(sorted(consented)),
            records=records,
            refused=tuple(sorted(work.refused, key=lambda one: one.line)),
            warnings=tuple(work.warnings[:_MOST_WARNINGS]),
            counts=counts,
            has_persons=bool(work.refused or work.warnings),
            is_done=True,
        )
        self._here.import_batches.put(done)
        return done

    def _begun(self, batch: str, number: int, work: _Work, former: ImportBatch | None) -> ImportBatch:
        """The batch as it is stored before anything is done."""
        made = ImportBatch(
            id=batch,
            workspace=self._workspace.id,
            lead_import=self._import.id,
            number=number,
            leads=tuple(lead for _, lead, _ in work.fresh),
            known=former.known if former else {lead.id: lead.version for _, lead, _ in work.known},
            records=former.records if former else {},
            at=former.at if former else self._deps.now(),
        )
        if former is None:
            self._here.import_batches.put(made)
        return made

    def _planned(self, rows: Sequence[Row], reader: RowReader, former: ImportBatch | None) -> _Work:
        """What the rows ask for. A lead that this batch added before it was interrupted counts as new."""
        work, seen = _Work(), dict[str, tuple[Row, dict[str, Any]]]()
        for row in rows:
            try:
                found = reader.read(row)
            except Invalid as error:
                work.refused.append(_refused(row, error))
                continue
            key = mailbox_key(found.values["email"])
            if found.past:
                work.past.append((key, id_of(self._import.id, key), found.past))
            if key in seen:
                work.unchanged += 1
                continue
            work.warnings += [ImportRow(row.line, one.field, str(one)) for one in found.warnings]
            seen[key] = (row, found.values | self._owned)
        existing = self._here.leads.by_emails(seen)
        work.past = [(key, existing[key].id if key in existing else lead, past) for key, lead, past in work.past]
        mine = set(former.leads) if former else set[str]()
        for key, (row, values) in seen.items():
            old, lead = existing.get(key), id_of(self._import.id, key)
            if old is None or (old.id == lead and lead in mine):
                work.fresh.append((row, lead, values))
            elif old.id == lead:  # an earlier row of the file has the same address
                work.unchanged += 1
                work.earlier.add(lead)
            elif self._owners is not None and old.owner not in self._owners:
                work.refused.append(_refused(row, concealed(Taken(EMAIL_TAKEN, kind="lead"))))
            else:
                work.known.append((row, old, values))
        return work

    def _add(self, work: _Work) -> list[str]:
        """Adds the new leads; returns their ids."""
        values = [self._for_new | self._consents.for_new(values, self._deps) for _, _, values in work.fresh]
        ids = [lead for _, lead, _ in work.fresh]
        made = add_leads(self._deps, self._workspace, self._lookups, values, self._consents.actor, ids=ids, assigner=self._assigner)
        work.refused += [_refused(row, one) for (row, _, _), one in zip(work.fresh, made, strict=True) if not isinstance(one, Lead)]
        return [one.id for one in made if isinstance(one, Lead)]

    def _fill_in(self, work: _Work, former: ImportBatch | None, batch: ImportBatch) -> tuple[set[str], set[str], int]:
        """The known leads that were changed, those of them whose consent was, and how many refusals were kept."""
        pairs = [(lead, values) for _, lead, values in work.known]
        changed, consented = fill_in(self._deps, self._lookups, pairs, self._consents, batch)
        if former is not None:
            changed |= {lead.id for lead, _ in pairs if lead.version > former.known.get(lead.id, lead.version)}
            consented |= {lead.id for lead, values in pairs if self._consents.is_from(lead, values, former.at)}
        return changed, consented, sum(self._consents.is_kept_refusal(lead, values) for lead, values in pairs)


def _refused(row: Row, error: Invalid | Conflict) -> ImportRow:
    return ImportRow(row.line, error.field if isinstance(error, Invalid) else "email", str(error), tuple(row.cells))
