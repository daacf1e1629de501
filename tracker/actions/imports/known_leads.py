"""Changes of known leads by an import: fills in what they lack, many in one write. Used by `csv_import`."""

from collections.abc import Sequence
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.imports.filled_values import rows_of
from tracker.actions.imports.imported_consent import ImportedConsent
from tracker.actions.leads.lookups import LeadLookups
from tracker.actions.leads.source_changes import record_source_changes
from tracker.actions.pipeline.stages import API
from tracker.base.ids import id_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.leads.lead_import import ImportBatch
from tracker.domain.pipeline.task import Task
from tracker.store.leads.lead_writes import LeadWrite

_TRIES = 5
_MOST_FIELDS = 60
_MOST_TAGS = 40
_FILLED = (
    *("company", "phone", "job_title", "country", "timezone", "source", "source_detail"),
    *("external_url", "owner", "next_action", "value", "opted_out_at"),
)
"""Set where the lead has none. An opt-out is never reset."""


def fill_in(
    deps: Deps, lookups: LeadLookups, rows: Sequence[tuple[Lead, dict[str, Any]]], consents: ImportedConsent, batch: ImportBatch
) -> tuple[set[str], set[str]]:
    """The ids of the leads that were changed, and those of them whose consent was. Each row is a lead as it was read, and the values
    of the file. What `batch` fills in is recorded first, for its undo.
    """
    consented = {lead.id for lead, values in rows if consents.apply(lead, values, deps)}
    changed = set(consented)
    here, given = deps.store.of(rows[0][0].workspace) if rows else None, {lead.id: values for lead, values in rows}
    waiting = {lead.id: lead for lead, _ in rows}
    if here is None:
        return changed, consented
    if changed:
        waiting |= here.leads.by_ids(changed)
    for _ in range(_TRIES):
        writes = [LeadWrite(lead=lead, values=fresh) for lead in waiting.values() if (fresh := _resolved(lookups, lead, given[lead.id]))]
        if not writes:
            break
        done = _write(deps, writes, consents.actor, batch)
        changed |= done
        waiting = here.leads.by_ids([write.lead.id for write in writes if write.lead.id not in done])
    return changed, consented


def _resolved(lookups: LeadLookups, lead: Lead, given: dict[str, Any]) -> dict[str, Any]:
    fresh = new_values(lead, given)
    plain = {name: fresh.pop(name) for name in ("next_action", "opted_out_at", "fields") if name in fresh}
    return lookups.resolve(fresh, lead) | plain


def _write(deps: Deps, writes: Sequence[LeadWrite], actor: str | None, batch: ImportBatch) -> set[str]:
    """Writes what the leads lack, with tasks and the history of sources; returns the ids of those that were changed."""
    workspace, now = writes[0].lead.workspace, deps.now()
    here = deps.store.of(workspace)
    owned = [
        LeadWrite(lead=write.lead, values={**write.values, "owner_since": now}) if write.values.get("owner") else write for write in writes
    ]
    tasks = {write.lead.id: _task(write, action, batch) for write in writes if (action := write.values.get("next_action"))}
    here.import_changes.put_many(rows_of(owned, tasks, batch, actor or API, now))
    done = here.leads.change_many(owned, now)
    written = [write for write in writes if write.lead.id in done]
    record_source_changes(deps, workspace, ((write.lead, write.values) for write in written), actor=actor or API, at=now)
    here.tasks.add_new([tasks[write.lead.id] for write in written if write.lead.id in tasks])
    deps.store.dirty.mark_many(((workspace, "lead", lead, now) for lead in done), queue="bulk")
    deps.wake.bulk()
    return done


def _task(write: LeadWrite, action: NextAction, batch: ImportBatch) -> Task:
    """The task of a next action; the same if the batch is repeated."""
    lead, owner = write.lead, write.values.get("owner") or write.lead.owner
    key = id_of(batch.id, lead.id, "task")
    return Task(id=key, workspace=lead.workspace, lead=lead.id, text=action.text, due=action.due, rep=owner, created_at=batch.at)


def new_values(old: Lead, given: dict[str, Any]) -> dict[str, Any]:
    """The values of a row that the lead lacks. Decisions of people (stage, owner, next action) are not overwritten."""
    fresh: dict[str, Any] = {name: given[name] for name in _FILLED if given.get(name) and not getattr(old, name)}
    if given["name"] != old.name and old.name == old.email and given["name"] != given["email"]:
        fresh["name"] = given["name"]
    known = {tag.casefold() for tag in old.tags}
    added = tuple(tag for tag in given.get("tags", ()) if tag.casefold() not in known)
    if added and len(old.tags) < _MOST_TAGS:
        fresh["tags"] = (*old.tags, *added)[:_MOST_TAGS]
    merged = old.fields | given.get("fields", {})
    if merged != old.fields and len(merged) <= _MOST_FIELDS:
        fresh["fields"] = merged
    return fresh
