"""Notes of calls, meetings, chats and touches, shown in the lead's timeline. A change keeps the former text."""

from datetime import datetime
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.activity.event_log import changed, record
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.ids import id_of, new_id
from tracker.domain.activity.event import IMPORTED, Event, EventKind
from tracker.domain.pipeline.note import DIRECTIONS, KINDS, RESULTS, TOUCH, Note, NoteEdition
from tracker.rules.verdicts.first import RECORDED

_MOST_EDITIONS = 50
_CHANGEABLE = ("text", "kind", "direction", "result", "at")


def add_note(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    kind: str,
    text: str,
    direction: str | None = None,
    result: str | None = None,
    at: datetime | None = None,
    rep: str | None = None,
    touch: str | None = None,
    is_imported: bool = False,
) -> Note:
    """Adds a note at a current or past time; an imported one triggers nothing. Raises NotFound, Invalid."""
    here, now = deps.store.of(workspace), deps.now()
    here.leads.get(lead)
    if rep is not None:
        here.reps.get(rep)
    note = _checked(
        Note(
            id=new_id(),
            workspace=workspace,
            lead=lead,
            kind=kind,
            text=text,
            touch=touch,
            direction=direction,
            result=result,
            rep=rep,
            at=checks.moment("at", at, now) if at else now,
            created_at=now,
            is_imported=is_imported,
        )
    )
    here.notes.add(note)
    _show(deps, note)
    return note


def _show(deps: Deps, note: Note) -> None:
    """Adds the note to the timeline; an imported one without telling open consoles."""
    told = event_of(note)
    if note.is_imported:
        deps.store.of(note.workspace).events.add(told)
        changed(deps, note.workspace, note.lead, note.at)
        return
    more = {"rep": note.rep, "text": told.text, "title": told.title}
    record(deps, note.workspace, told.id, told.kind, lead=note.lead, at=note.at, fields=told.fields, **more)


def add_touch(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    type_name: str,
    text: str = "",
    at: datetime | None = None,
    rep: str | None = None,
    is_imported: bool = False,
) -> Note:
    """Records a touch of a type of the managed list, named without regard to case. Raises NotFound; Invalid (`type`) naming those known."""
    known = deps.store.workspaces.get(workspace)
    found = known.touch_type(type_name)
    if found is None:
        names = ", ".join(one.name for one in known.touch_types) or "the list is empty"
        raise Invalid("type", f"“{type_name[:60]}” is not a touch type. Known ones: {names}")
    kind = {"kind": TOUCH, "touch": found.name, "direction": found.direction}
    return add_note(deps, workspace, lead=lead, text=text, at=at, rep=rep, is_imported=is_imported, **kind)


def change_note(deps: Deps, workspace: str, note: str, *, by: str | None = None, version: int | None = None, **values: Any) -> Note:
    """Changes text, kind, direction, result or time, and keeps what it said before. `by` is the rep. Raises NotFound, Invalid, Conflict."""
    here, now = deps.store.of(workspace), deps.now()
    old = here.notes.get(note)
    checks.version(old.version, version)
    if unknown := values.keys() - set(_CHANGEABLE):
        raise Invalid(min(unknown), "cannot be changed")
    for name in ("text", "kind", "at"):
        if values.get(name, "") is None:
            raise Invalid(name, "cannot be emptied")
    if "at" in values:
        values["at"] = checks.moment("at", values["at"], now)
    if values.get("kind", old.kind) != old.kind and TOUCH in (values["kind"], old.kind):
        raise Invalid("kind", "of a touch is fixed, and no other note becomes one")
    if values.get("kind") == "note":
        values = {"direction": None, "result": None} | values
    if values.get("kind", old.kind) != "call":
        values.setdefault("result", None)
    new = _checked(msgspec.structs.replace(old, **values))
    if all(getattr(new, name) == getattr(old, name) for name in _CHANGEABLE):
        return old
    edition = NoteEdition(**{name: getattr(old, name) for name in _CHANGEABLE}, changed_at=now, changed_by=by)
    kept = {name: getattr(new, name) for name in _CHANGEABLE}
    saved = here.notes.change(note, version=old.version, **kept, former=(*old.former, edition)[-_MOST_EDITIONS:])
    here.events.rewrite(event_of(saved))
    changed(deps, workspace, saved.lead, min(old.at, saved.at))
    return saved


def remove_note(deps: Deps, workspace: str, note: str) -> None:
    """Deletes a note with its earlier editions and its event. Raises NotFound."""
    here = deps.store.of(workspace)
    old = here.notes.get(note)
    here.notes.remove(note)
    here.events.remove_many([event_of(old).id])
    changed(deps, workspace, old.lead, old.at)


def restore_note(deps: Deps, workspace: str, present: Note | None, stored: Note | None) -> None:
    """Puts back what was stored of a note before a change, with its event; one of them may be None, for one that is added or deleted. Used by undo."""
    here, known = deps.store.of(workspace), [one for one in (stored, present) if one]
    event = event_of(known[0])
    here.notes.restore([stored] if stored else [], [present.id] if present and not stored else [])
    here.events.remove_many([event.id])
    if stored:
        here.events.add(event)
    changed(deps, workspace, known[0].lead, min(one.at for one in known))


def _checked(note: Note) -> Note:
    """The note with valid values. A call, meeting or chat without a direction went out."""
    kind = TOUCH if note.touch is not None else checks.one_of("kind", note.kind, KINDS)
    direction = checks.one_of("direction", note.direction, DIRECTIONS) if note.direction is not None else None
    if kind == "note" and direction is not None:
        raise Invalid("direction", "is for calls, meetings and chats only")
    if kind != "call" and note.result is not None:
        raise Invalid("result", "is for calls only")
    return msgspec.structs.replace(
        note,
        kind=kind,
        text=checks.words("text", note.text, required=kind != TOUCH),
        direction=direction or (None if kind == "note" else "out"),
        result=checks.one_of("result", note.result, RESULTS) if note.result is not None else None,
    )


def event_of(note: Note) -> Event:
    """The event that shows the note in the timeline."""
    fields = {name: value for name in ("direction", "result") if (value := getattr(note, name))}
    return Event(
        id=id_of(note.workspace, note.id, "note"),
        workspace=note.workspace,
        kind=EventKind(note.kind),
        at=note.at,
        received=note.created_at,
        verdict=RECORDED,
        lead=note.lead,
        rep=note.rep,
        title=note.touch,
        text=note.text or None,
        fields=fields,
        signs=(IMPORTED,) if note.is_imported else (),
    )
