"""One batch of an import: adds and fills in leads. A batch that a killed process left behind is repeated without doubles.

The ids of new leads follow from the import and the address, and what a batch means to do is stored before it is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec

from tracker.actions.assignment.assign import Assigner
from tracker.actions.deps import Deps
from tracker.actions.imports.history_records import add_history
from tracker.actions.imports.imported_consent import ImportedConsent
from tracker.actions.imports.known_leads import KnownRow, fill_in, merged
from tracker.actions.imports.parts import Parts, patience
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
LEASE = timedelta(seconds=20)
"""When another worker takes up the import of a killed one; far longer than a batch, and longer than a part under load."""
_MOST_WARNINGS = 500
"""Warnings of a batch that are kept; all are counted."""


@dataclass(slots=True)
class _Work:
    """A batch while it runs."""

    fresh: list[tuple[Row, str, dict[str, Any]]] = field(default_factory=list)
    """Rows of new leads, with the id and the values of each."""
    known: list[KnownRow] = field(default_factory=list)
    """Rows of leads that exist, also of those that an earlier batch added."""
    refused: list[ImportRow] = field(default_factory=list)
    warnings: list[ImportRow] = field(default_factory=list)
    unchanged: int = 0
    companies: set[str] = field(default_factory=set)
    """Of the leads that it adds."""
    keys: set[int] = field(default_factory=set)
    """Hashes of the addresses of its rows."""
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
        self._seen = set[int]()
        """Hashes of the addresses in earlier batches."""
        self._parts = Parts(SIZE, one.part or SIZE, lambda size, time: self._here.imports.renew(one.id, deps.now() + time, size))

    def skip(self, rows: Iterable[Row], reader: RowReader) -> None:
        """Notes the addresses of rows that are finished."""
        self._seen |= {hash(mailbox_key(email)) for row in rows if (email := reader.address(row))}

    def run(self, number: int, rows: Sequence[Row], reader: RowReader) -> ImportBatch:
        """Imports the rows, of which the first has this number in the file. May be repeated."""
        batch_id = id_of(self._import.id, str(number))
        former = self._here.import_batches.find(batch_id)
        if former is not None and former.is_done:
            self.skip(rows, reader)
            return former
        with patience():
            work = self._planned(rows, reader, former)
            batch = self._begun(batch_id, number, work, former)
        added = self._add(work)
        changed, consented = self._fill_in(work, batch, is_repeated=former is not None)
        records = self._history(work, batch, {*added, *batch.known})
        again = {one.lead.id for one in work.known if one.is_own}  # counted as added
        counts = ImportCounts(
            may_be_same=self._same(added),
            added=len(added),
            updated=len(changed - again),
            unchanged=work.unchanged + len(work.known) - len(changed - again),
            refused=len(work.refused),
            warnings=len(work.warnings),
            kept_refusals=sum(self._consents.is_kept_refusal(one.lead, one.values) for one in work.known if not one.is_later),
            history=sum(len(ids) for ids in records.values()),
        )
        done = msgspec.structs.replace(
            batch,
            leads=tuple(added),
            companies=tuple(sorted(work.companies)),
            consented=tuple(sorted(consented)),
            records=records,
            refused=tuple(sorted(work.refused, key=lambda one: one.line)),
            warnings=tuple(work.warnings[:_MOST_WARNINGS]),
            counts=counts,
            has_persons=bool(work.refused or work.warnings),
            is_done=True,
        )
        with patience():
            self._here.import_batches.put(done)
        self._seen |= work.keys
        return done

    def _begun(self, batch: str, number: int, work: _Work, former: ImportBatch | None) -> ImportBatch:
        """The batch as it is stored before anything is done."""
        made = ImportBatch(
            id=batch,
            workspace=self._workspace.id,
            lead_import=self._import.id,
            number=number,
            leads=tuple(lead for _, lead, _ in work.fresh),
            known=former.known if former else {one.lead.id: one.lead.version for one in work.known},
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
            work.warnings += [ImportRow(row.line, one.field, str(one)) for one in found.warnings]
            if key in seen:
                work.unchanged += 1
                seen[key] = (seen[key][0], merged(seen[key][1], found.values))
            else:
                seen[key] = (row, found.values | self._owned)
        work.keys = {hash(key) for key in seen}
        existing = self._here.leads.by_emails(seen)
        work.past = [(key, existing[key].id if key in existing else lead, past) for key, lead, past in work.past]
        mine = set(former.leads) if former else set[str]()
        for key, (row, values) in seen.items():
            self._sort(work, row, values, existing.get(key), (key, mine))
        return work

    def _sort(self, work: _Work, row: Row, values: dict[str, Any], old: Lead | None, known: tuple[str, set[str]]) -> None:
        """Puts a row among those of new leads, of known leads, or the refused ones. `known`: its key, and the leads that this batch added."""
        key, mine = known
        lead, is_later = id_of(self._import.id, key), hash(key) in self._seen
        if not is_later and (old is None or (old.id == lead and lead in mine)):
            work.fresh.append((row, lead, values))
        elif old is None:  # removed since an earlier row of the file
            work.unchanged += 1
        elif self._owners is not None and old.owner not in self._owners:
            work.refused.append(_refused(row, concealed(Taken(EMAIL_TAKEN, kind="lead"))))
        else:
            work.known.append(KnownRow(lead=old, values=values, is_later=is_later, is_own=old.id == lead))

    def _add(self, work: _Work) -> list[str]:
        """Adds the new leads; returns their ids."""
        added: list[str] = []

        def add(part: Sequence[tuple[Row, str, dict[str, Any]]]) -> None:
            values = [self._for_new | self._consents.for_new(values, self._deps) for _, _, values in part]
            ids = [lead for _, lead, _ in part]
            made = add_leads(self._deps, self._workspace, self._lookups, values, self._consents.actor, ids=ids, assigner=self._assigner)
            work.refused += [_refused(row, one) for (row, _, _), one in zip(part, made, strict=True) if not isinstance(one, Lead)]
            leads = [one for one in made if isinstance(one, Lead)]
            added.extend(lead.id for lead in leads)
            work.companies |= {lead.company_id for lead in leads if lead.company_id}

        self._parts.each(work.fresh, add)
        return added

    def _fill_in(self, work: _Work, batch: ImportBatch, *, is_repeated: bool) -> tuple[set[str], set[str]]:
        """The known leads that were changed, and those of them whose consent was. `is_repeated`: an interrupted run may have done some."""
        changed, consented = set[str](), set[str]()

        def fill(part: Sequence[KnownRow]) -> None:
            if self._parts.is_repeated:
                leads = self._here.leads.by_ids(one.lead.id for one in part)
                part = [replace(one, lead=leads[one.lead.id]) for one in part if one.lead.id in leads]
            found = fill_in(self._deps, self._lookups, part, self._consents, batch)
            changed.update(found[0])
            consented.update(found[1])
            if self._parts.is_repeated or is_repeated:
                changed.update(one.lead.id for one in part if one.lead.version > batch.known.get(one.lead.id, one.lead.version))
                consented.update(one.lead.id for one in part if self._consents.is_from(one.lead, one.values, batch.at))

        self._parts.each(work.known, fill)
        return changed, consented

    def _history(self, work: _Work, batch: ImportBatch, leads: set[str]) -> dict[str, tuple[str, ...]]:
        """Adds the history of these leads; returns its ids by collection."""
        records = dict(batch.records)

        def add(part: Sequence[tuple[str, list[PastRecord]]]) -> None:
            if self._parts.is_repeated:  # the ids were stored before the records
                records.update(self._here.import_batches.get(batch.id).records)
            present = msgspec.structs.replace(batch, records=records)
            records.update(add_history(self._deps, self._workspace, present, part))

        self._parts.each([(lead, past) for _, lead, past in work.past if lead in leads], add)
        return records

    def _same(self, added: Sequence[str]) -> int:
        """How many pairs of leads that may be the same person were found."""
        pairs = set[str]()
        self._parts.each(added, lambda part: pairs.update(find_of_import(self._deps, self._workspace, self._import.id, part)))
        return len(pairs)


def _refused(row: Row, error: Invalid | Conflict) -> ImportRow:
    return ImportRow(row.line, error.field if isinstance(error, Invalid) else "email", str(error), tuple(row.cells))
