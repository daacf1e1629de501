"""Undo of an import: removes the leads that it added, but those that were changed or that did something since, and takes back what it
filled in on known leads.
"""

from collections.abc import Callable

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.imports.filled_values import take_back
from tracker.actions.imports.history_records import remove_history
from tracker.actions.imports.parts import patience
from tracker.actions.leads.batches import imported_id
from tracker.actions.pipeline.board_totals import count_now
from tracker.actions.reports.roll_ups import forget_leads
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.lead_import import UNDONE, ImportBatch, LeadImport

CHANGED = "It was changed since"
ACTIVE = "It was active since"
WORKED_ON = "A rep worked on it since"


def undo_some(deps: Deps, one: LeadImport, may_continue: Callable[[], bool]) -> LeadImport:
    """Undoes batches until the end or until `may_continue` says no; returns the import. May be repeated."""
    here = deps.store.of(one.workspace)
    for batch in here.import_batches.of_import(one.id) if one.done == 0 else ():
        if batch.records:  # first that of all batches: a lead of an early one may have more rows in a later one
            with patience():
                here.import_batches.put(msgspec.structs.replace(batch, kept=remove_history(deps, batch)))
    for batch in here.import_batches.of_import(one.id):
        if batch.number < one.done:
            continue
        if not may_continue():
            return one
        with patience():
            restored, changed = take_back(deps, one, batch)
            kept = _undo_batch(deps, one, batch)
            changed = {lead: text for lead, text in (batch.kept | changed).items() if lead not in kept}
            restored -= changed.keys()
            here.import_batches.put(msgspec.structs.replace(batch, kept=kept | changed))
        counts = {
            "removed": one.removed + len(batch.leads) - len(kept),
            "restored": one.restored + len(restored),
            "kept": one.kept + len(kept) + len(changed),
        }
        saved = here.imports.proceed(one, one.state, done=batch.number + 1, **counts)
        if saved is None:
            return here.imports.get(one.id)
        one = saved
    count_now(deps, one.workspace)
    return here.imports.change(one.id, state=UNDONE, done=one.rows, ended_at=deps.now())


def _undo_batch(deps: Deps, one: LeadImport, batch: ImportBatch) -> dict[str, str]:
    """Removes the leads of the batch; returns those that stay, with the reason."""
    here = deps.store.of(one.workspace)
    leads = here.leads.by_ids(batch.leads)
    kept = {lead.id: reason for lead in leads.values() if (reason := _reason(lead))}
    open_ones = [lead for lead in leads if lead not in kept]
    own = {imported_id(lead, what) for lead in open_ones for what in ("move", "task")}
    kept |= dict.fromkeys(here.import_batches.worked_on(open_ones, own), WORKED_ON)
    # Also those that an interrupted run removed, which may have left something of them.
    gone = here.import_batches.remove_leads([lead for lead in batch.leads if lead not in kept])
    kept |= {lead: CHANGED for lead in open_ones if lead not in kept and lead not in gone}
    forget_leads(deps, one.workspace, gone)
    companies = {company for lead in gone if lead in leads and (company := leads[lead].company_id)}
    here.companies.remove_unused(companies | set(batch.companies), one.created_at)
    return kept


def _reason(lead: Lead) -> str:
    """Why the lead stays, as far as the lead itself tells."""
    if lead.version:
        return CHANGED
    return ACTIVE if lead.derived.last_seen_at else ""
