"""Edits and deletions of the notes and sales of a lead, recorded so that they can be undone (`undo`)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from tracker.actions.changes.edits import record_change
from tracker.actions.changes.merging import BUSY, TRIES, merged
from tracker.actions.changes.values import stored_record
from tracker.actions.changes.words import record_changed_since, record_field_changed_since
from tracker.actions.deps import Deps
from tracker.actions.pipeline import notes, sales
from tracker.base.errors import Conflict
from tracker.domain.leads.change import FieldChange, LeadChangeRow
from tracker.domain.pipeline.note import Note
from tracker.domain.pipeline.sale import Sale

Seen = Mapping[str, str]
_STRUCTS: Mapping[str, type[Note] | type[Sale]] = {"note": Note, "sale": Sale}


def edit_note(
    deps: Deps, workspace: str, note: str, *, actor: str | None, version: int | None = None, seen: Seen | None = None, **values: Any
) -> str | None:
    """Changes a note as `change_note` does; returns the id to undo it with, None where nothing changed.

    `seen`: what the person saw, by field (`seen_text`). Raises Stale where someone else changed one of the fields since, Conflict.
    """
    change = partial(notes.change_note, deps, workspace, note, by=actor)
    return _edited(deps, workspace, "note", note, actor, values, seen or {}, version, change)


def delete_note(deps: Deps, workspace: str, note: str, *, actor: str | None) -> str | None:
    """Deletes a note; returns the id to undo it with."""
    return _around(deps, workspace, "note", note, actor, lambda: notes.remove_note(deps, workspace, note))


def edit_sale(
    deps: Deps, workspace: str, sale: str, *, actor: str | None, version: int | None = None, seen: Seen | None = None, **values: Any
) -> str | None:
    """Changes a sale as `change_sale` does; returns the id to undo it with, None where nothing changed. `seen` as of `edit_note`."""
    return _edited(deps, workspace, "sale", sale, actor, values, seen or {}, version, partial(sales.change_sale, deps, workspace, sale))


def delete_sale(deps: Deps, workspace: str, sale: str, *, actor: str | None) -> str | None:
    """Deletes a sale; returns the id to undo it with."""
    return _around(deps, workspace, "sale", sale, actor, lambda: sales.remove_sale(deps, workspace, sale))


def problem_of(deps: Deps, row: LeadChangeRow) -> str:
    """Why the note or sale of a change cannot be restored; empty if it can."""
    if row.record is None:
        return ""
    record = (row.record.new or row.record.old)["id"]
    present = _find(deps, row.workspace, row.record_kind, record)
    if stored_record(present) == row.record.new:
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
        sales.restore_sale(deps, row.workspace, row.lead, present, old)  # type: ignore[arg-type]
    return FieldChange(row.record.new, row.record.old)


def _around(deps: Deps, workspace: str, kind: str, record: str, actor: str | None, run: Callable[[], object]) -> str | None:
    old = _find(deps, workspace, kind, record)
    run()
    new = _find(deps, workspace, kind, record)
    change = FieldChange(stored_record(old), stored_record(new))
    if old is None or change.old == change.new:
        return None
    return record_change(deps, workspace, old.lead, actor, record=change, record_kind=kind)


def _edited(
    deps: Deps,
    workspace: str,
    kind: str,
    record: str,
    actor: str | None,
    values: dict[str, Any],
    seen: Seen,
    version: int | None,
    change: Callable[..., object],
) -> str | None:
    for _ in range(TRIES):
        old = _find(deps, workspace, kind, record)
        kept = merged(old, values, seen, partial(record_field_changed_since, deps, old, kind)) if old else values
        known = version if version is not None or old is None else old.version
        try:
            return _around(deps, workspace, kind, record, actor, partial(change, version=known, **kept))
        except Conflict:
            if version is not None:
                raise
    raise Conflict(BUSY)


def _find(deps: Deps, workspace: str, kind: str, record: str) -> Note | Sale | None:
    here = deps.store.of(workspace)
    return here.notes.find(record) if kind == "note" else here.sales.find(record)
