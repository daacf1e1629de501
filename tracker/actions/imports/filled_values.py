"""What an import filled in on known leads: recorded before it is written, and taken back by its undo.

Each value is restored by itself, unless it changed since. Opt-outs and consents stay: they are never taken back by machine.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from tracker.actions.changes.plans import TRIES, Plan, carry_out
from tracker.actions.changes.values import as_stored, differences, restored, stored_record, value_of
from tracker.actions.changes.words import changed_since
from tracker.actions.deps import Deps
from tracker.actions.pipeline.stages import API
from tracker.base.ids import id_of
from tracker.domain.leads.change import FieldChange, LeadChangeRow
from tracker.domain.leads.lead import Lead
from tracker.domain.leads.lead_import import ImportBatch, LeadImport
from tracker.domain.pipeline.task import Task
from tracker.store.leads.lead_writes import LeadWrite

_CONSENT, _OPT_OUT = "tracking_consent", "opted_out_at"
_STAYS = {_OPT_OUT: "Its opt-out stays", _CONSENT: "Its tracking consent stays"}
_FOLLOWING = {"company_id": "company", "owner_since": "owner"}
"""Fields that are restored with another one."""
_BUSY = "It is being changed by other requests"


def rows_of(writes: Iterable[LeadWrite], tasks: Mapping[str, Task], batch: ImportBatch, actor: str, at: datetime) -> list[LeadChangeRow]:
    """What a batch is about to fill in, one row for each lead. `tasks`: those that it adds, by lead."""
    return [
        LeadChangeRow(
            id=id_of(batch.id, write.lead.id),
            workspace=batch.workspace,
            change=batch.lead_import,
            lead=write.lead.id,
            actor=actor,
            at=at,
            kind="import",
            fields=differences(write.lead, msgspec.structs.replace(write.lead, **write.values), write.values),
            task=FieldChange(None, as_stored(tasks[write.lead.id])) if write.lead.id in tasks else None,
        )
        for write in writes
    ]


def take_back(deps: Deps, one: LeadImport, batch: ImportBatch) -> tuple[set[str], dict[str, str]]:
    """The leads that are as they were before the batch, and what stays of the others, as sentences. May be repeated."""
    here, now = deps.store.of(one.workspace), deps.now()
    rows = {row.lead: row for row in here.import_changes.by_ids(id_of(batch.id, lead) for lead in batch.known).values()}
    kept: dict[str, str] = {}
    consented = dict.fromkeys(batch.consented, _STAYS[_CONSENT])
    pending: Collection[str] = rows.keys()
    for _ in range(TRIES):
        leads = here.leads.by_ids(pending)
        tasks = here.tasks.by_ids(row.task.new["id"] for row in rows.values() if row.task and row.lead in leads)
        plans = []
        for lead in leads.values():
            plan, problems = _plan(deps, lead, rows[lead.id], tasks)
            kept |= {lead.id: ". ".join(problems)} if problems else {}
            plans += [plan] if plan.values or plan.task else []
        done = carry_out(deps, one.workspace, plans, now, one.rep or API) if plans else set()
        pending = [plan.lead.id for plan in plans if plan.lead.id not in done]
        if not pending:
            break
    kept |= dict.fromkeys(pending, _BUSY)
    here.companies.remove_unused({company for row in rows.values() if (company := _company(row))}, one.created_at)
    for one_id, text in consented.items():
        kept[one_id] = f"{kept[one_id]}. {text}" if one_id in kept else text
    return rows.keys() - kept.keys(), kept


def _company(row: LeadChangeRow) -> str | None:
    found = row.fields.get("company_id")
    return found.new if found else None


def _plan(deps: Deps, lead: Lead, row: LeadChangeRow, tasks: Mapping[str, Task]) -> tuple[Plan, list[str]]:
    """What to set on the lead, and what cannot be restored. A repetition finds what it restored already."""
    back: dict[str, FieldChange] = {}
    problems: list[str] = []
    task = tasks.get(row.task.new["id"]) if row.task else None
    is_task_same = row.task is None or stored_record(task) == stored_record(row.task.new)
    for name, filled in row.fields.items():
        present = value_of(lead, name)
        change = _of_tags(present, filled) if name == "tags" else filled
        if present == change.old:
            continue
        if name in _STAYS:
            problems.append(_STAYS[name])
        elif present == change.new and (name != "next_action" or is_task_same):
            back[name] = change
        elif name not in _FOLLOWING:
            problems.append(changed_since(deps, lead, name))
    for name, leader in _FOLLOWING.items():
        if leader not in back:
            back.pop(name, None)
    given = (task, None) if task and "next_action" in back else None
    return Plan(lead=lead, values=restored(lead, back), task=given), problems


def _of_tags(present: Sequence[str], change: FieldChange) -> FieldChange:
    """The lead's tags, and these without those that the import added: tags that were added since stay."""
    added = [tag for tag in change.new if tag not in change.old]
    return FieldChange([tag for tag in present if tag not in added], list(present))
