"""Edits and deletions of the notes and sales of a lead, recorded so that they can be undone (`undo`)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tracker.actions.activity.event_log import changed
from tracker.actions.changes.edits import record_change
from tracker.actions.changes.values import as_stored
from tracker.actions.changes.words import record_changed_since
from tracker.actions.deps import Deps
from tracker.actions.pipeline import notes, sales
from tracker.domain.leads.change import FieldChange, LeadChangeRow
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale

_STRUCTS: Mapping[str, type[Note] | type[Sale]] = {"note": Note, "sale": Sale}


def edit_note(deps: Deps, workspace: str, note: str, *, actor: str | None, **values: Any) -> str | None:
    """Changes a note as `change_note` does; returns the id to undo it with, None where nothing changed."""
    return _around(deps, workspace, "note", note, actor, lambda: notes.change_note(deps, workspace, note, by=actor, **values))


def delete_note(deps: Deps, workspace: str, note: str, *, actor: str | None) -> str | None:
    """Deletes a note; returns the id to undo it with."""
    return _around(deps, workspace, "note", note, actor, lambda: notes.remove_note(deps, workspace, note))


def edit_sale(deps: Deps, workspace: str, sale: str, *, actor: str | None, **values: Any) -> str | None:
    """Changes a sale as `change_sale` does; returns the id to undo it with, None where nothing changed."""
    return _around(deps, workspace, "sale", sale, actor, lambda: sales.change_sale(deps, workspace, sale, **values))


def delete_sale(deps: Deps, workspace: str, sale: str, *, actor: str | None) -> str | None:
    """Deletes a sale; returns the id to undo it with."""
    return _around(deps, workspace, "sale", sale, actor, lambda: sales.remove_sale(deps, workspace, sale))


def problem_of(deps: Deps, row: LeadChangeRow) -> str:
    """Why the note or sale of a change cannot be restored; empty if it can."""
    if row.record is None:
        return ""
    record = (row.record.new or row.record.old)["id"]
    present = _find(deps, row.workspace, row.record_kind, record)
    if _stored(present) == row.record.new:
        return ""
    return record_changed_since(deps, row, row.record_kind, record, is_gone=present is None)


def restore(deps: Deps, row: LeadChangeRow) -> FieldChange | None:
    """Restores the note or sale of a change; returns what the undo changed."""
    if row.record is None:
        return None
    present = _find(deps, row.workspace, row.record_kind, (row.record.new or row.record.old)["id"])
    old = msgspec.convert(row.record.old, _STRUCTS[row.record_kind], builtin_types=(datetime,)) if row.record.old else None
    if row.record_kind == "note":
        notes.restore_note(deps, row.workspace, present, old)  # type: ignore[arg-type]
    else:
        kept: list[Any] = [old] if old else []
        deps.store.of(row.workspace).sales.restore(kept, [present.id] if present and not old else [])
        changed(deps, row.workspace, row.lead)
    return FieldChange(row.record.new, row.record.old)


def _around(deps: Deps, workspace: str, kind: str, record: str, actor: str | None, run: Callable[[], object]) -> str | None:
    old = _find(deps, workspace, kind, record)
    run()
    new = _find(deps, workspace, kind, record)
    change = FieldChange(_stored(old), _stored(new))
    if old is None or change.old == change.new:
        return None
    return record_change(deps, workspace, old.lead, actor, record=change, record_kind=kind)


def _find(deps: Deps, workspace: str, kind: str, record: str) -> Note | Sale | None:
    here = deps.store.of(workspace)
    return here.notes.find(record) if kind == "note" else here.sales.find(record)


def _stored(record: Note | Sale | None) -> Any:
    """The record as it is stored, without its version, which every write raises."""
    found = as_stored(record)
    return {name: value for name, value in found.items() if name != "version"} if found else found
