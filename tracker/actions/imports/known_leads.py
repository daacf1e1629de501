"""Changes of known leads by an import: fills in what they lack, many in one write. Used by `csv_import`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.actions.deps import Deps
from tracker.actions.imports.filled_values import rows_of
from tracker.actions.imports.imported_consent import ImportedConsent
from tracker.actions.leads.batches import imported_id
from tracker.actions.leads.lookups import LeadLookups
from tracker.actions.leads.source_changes import record_source_changes
from tracker.actions.pipeline.stages import API
from tracker.base.ids import id_of
from tracker.domain.leads.consent import ConsentState
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
_PART_OF = {"stage_at": "stage", "lost_reason": "stage", "source_detail": "source"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRow:
    """A row of a lead that exists."""

    lead: Lead
    """As it was read."""
    values: dict[str, Any]
    """What the file says."""
    is_later: bool = False
    """An earlier row of the file has the same address: custom fields are not overwritten."""
    is_own: bool = False
    """The import added the lead: its undo removes the lead, with what later rows filled in."""


def fill_in(
    deps: Deps, lookups: LeadLookups, rows: Sequence[KnownRow], consents: ImportedConsent, batch: ImportBatch
) -> tuple[set[str], set[str]]:
    """The ids of the leads that were changed, and those of them whose consent was. What `batch` fills in is recorded first, for its undo."""
    consented = {row.lead.id for row in rows if consents.apply(row.lead, row.values, deps)}
    changed = set(consented)
    here, given = deps.store.of(batch.workspace), {row.lead.id: row for row in rows}
    waiting = {row.lead.id: row.lead for row in rows}
    if changed:
        waiting |= here.leads.by_ids(changed)
    for _ in range(_TRIES):
        writes = [made for lead in waiting.values() if (made := _write_of(lookups, lead, given[lead.id])) is not None]
        if not writes:
            break
        done = _write(deps, writes, consents.actor, batch)
        changed |= done
        waiting = here.leads.by_ids([write.lead.id for write in writes if write.lead.id not in done])
    return changed, consented


def _write_of(lookups: LeadLookups, lead: Lead, row: KnownRow) -> LeadWrite | None:
    fresh = new_values(lead, row.values, is_later=row.is_later)
    if not fresh:
        return None
    plain = {name: fresh.pop(name) for name in ("next_action", "opted_out_at", "fields") if name in fresh}
    # As long as no one else changed a lead that the import added, it counts as unchanged for its undo.
    return LeadWrite(lead=lead, values=lookups.resolve(fresh, lead) | plain, keeps_version=row.is_own and lead.version == 0)


def _write(deps: Deps, writes: Sequence[LeadWrite], actor: str | None, batch: ImportBatch) -> set[str]:
    """Writes what the leads lack, with tasks and the history of sources; returns the ids of those that were changed."""
    workspace, now = writes[0].lead.workspace, deps.now()
    here = deps.store.of(workspace)
    owned = [replace(write, values={**write.values, "owner_since": now}) if write.values.get("owner") else write for write in writes]
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
    key = imported_id(lead.id, "task") if write.keeps_version else id_of(batch.id, lead.id, "task")
    return Task(id=key, workspace=lead.workspace, lead=lead.id, text=action.text, due=action.due, rep=owner, created_at=batch.at)


def new_values(old: Lead, given: dict[str, Any], *, is_later: bool = False) -> dict[str, Any]:
    """The values of a row that the lead lacks. Decisions of people (stage, owner, next action) are not overwritten.

    `is_later`: the custom fields of an earlier row of the file are not overwritten either.
    """
    fresh: dict[str, Any] = {name: given[name] for name in _FILLED if given.get(name) and not getattr(old, name)}
    if given["name"] != old.name and old.name == old.email and given["name"] != given["email"]:
        fresh["name"] = given["name"]
    tags = _with_tags(old.tags, given.get("tags", ()))
    if len(tags) > len(old.tags):
        fresh["tags"] = tags
    more = given.get("fields", {})
    fields = more | old.fields if is_later else old.fields | more
    if fields != old.fields and len(fields) <= _MOST_FIELDS:
        fresh["fields"] = fields
    return fresh


def merged(first: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """The values of two rows with the same address: what the first lacks is filled in. A refusal counts in any row."""
    # What belongs together stays together: a stage with its date and reason, a source with its detail.
    made = {name: value for name, value in later.items() if _PART_OF.get(name, name) not in first} | first
    if first["name"] == first["email"] and later["name"] != later["email"]:
        made["name"] = later["name"]
    if tags := _with_tags(first.get("tags", ()), later.get("tags", ())):
        made["tags"] = tags
    fields = later.get("fields", {}) | first.get("fields", {})
    if fields:
        made["fields"] = fields if len(fields) <= _MOST_FIELDS else first.get("fields", {})
    states = [values["consent"] for values in (first, later) if values.get("consent", ConsentState.UNKNOWN) is not ConsentState.UNKNOWN]
    if states:
        made["consent"] = ConsentState.REFUSED if ConsentState.REFUSED in states else states[0]
    return made


def _with_tags(tags: Sequence[str], more: Iterable[str]) -> tuple[str, ...]:
    known = {tag.casefold() for tag in tags}
    added = [tag for tag in more if tag.casefold() not in known]
    return (*tags, *added)[: max(_MOST_TAGS, len(tags))]
