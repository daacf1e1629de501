"""Notes, sales and tasks of a lead, edited and deleted: `/leads/<lead>/<kind>/<record>`.

With scripts the form is shown in a dialog and answered as JSON; without them it is a page of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.changes import edits, records
from tracker.base.errors import Conflict, Invalid, NotFound, Stale
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.note import TOUCH, Note
from tracker.domain.pipeline.sale import Sale
from tracker.domain.pipeline.task import Task
from tracker.store.store import WorkspaceStore
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.contacts import KINDS, REMINDERS, RESULTS, WAYS, form_moment, form_reminder, form_text
from tracker.web.console.pages.lead.edits import sale_values, sentence_of
from tracker.web.console.pages.lead.sale_words import INTERVALS
from tracker.web.console.seen import decoded, seen_values
from tracker.web.console.text.dates import field_moment

blueprint = Blueprint("lead_records", __name__)


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record: how it is found, what the form changes, and how it is deleted. Both return the id to undo it with."""

    name: str
    find: Callable[[WorkspaceStore, str], Any]
    save: Callable[[Any], str | None]
    delete: Callable[[str], str | None]


def _form(lead: str, kind: str, record: str) -> str:
    found = visible_lead(lead)
    return _rendered(found, kind, _record(found, kind, record))


def _save(lead: str, kind: str, record: str) -> Response | tuple[str, int]:
    """Saves the record, or deletes it."""
    found = visible_lead(lead)
    known = _record(found, kind, record)
    try:
        if request.form.get("delete"):
            text, made = f"{_KINDS[kind].name} deleted.", _KINDS[kind].delete(record)
        else:
            text, made = f"{_KINDS[kind].name} saved.", _KINDS[kind].save(known)
    except Stale:
        raise
    except (Invalid, Conflict) as error:
        if wants_json():
            raise
        flash(sentence_of(error), "error")
        return _rendered(found, kind, known), 409 if isinstance(error, Conflict) else 422
    return confirmed(text, made, "/sales" if request.form.get("back") == "sales" else url_for("lead.page", lead=lead))


def _record(lead: Lead, kind: str, record: str) -> Note | Sale | Task:
    """The record of this lead. Raises NotFound."""
    found: Note | Sale | Task | None = _KINDS[kind].find(workspace_store(), record)
    if found is None or not workspace_store().leads.is_one(found.lead, lead.id):
        raise NotFound("no such record")
    return found


def _rendered(lead: Lead, kind: str, record: Note | Sale | Task) -> str:
    user = current_user()
    zone = zone_of(user.rep.timezone)
    moment = record.at if isinstance(record, Note) else record.due if isinstance(record, Task) else None
    context: dict[str, Any] = {
        "lead": lead,
        "kind": kind,
        "record": record,
        "title": f"Edit {(record.touch or record.kind) if isinstance(record, Note) else _KINDS[kind].name.lower()}",
        "moment": field_moment(moment, zone),
        "now_local": field_moment(deps().now(), zone),
        "kinds": (*KINDS, ("note", "Note")),
        "ways": WAYS,
        "results": RESULTS,
        "reminders": _reminders(record),
        "products": user.workspace.products,
        "intervals": INTERVALS,
    }
    return render_template("lead/record_form.html" if wants_json() else "lead/record_page.html", section="leads", **context)


def _reminders(record: Note | Sale | Task) -> list[tuple[int, str]]:
    """Those offered, and the task's own."""
    own = record.remind_minutes if isinstance(record, Task) else None
    return [*REMINDERS, *([(own, f"{own} minutes before")] if own is not None and own not in dict(REMINDERS) else [])]


def _save_note(note: Note) -> str | None:
    kind = note.kind if note.kind == TOUCH else form_text("kind") or note.kind
    values: dict[str, Any] = {"text": form_text("text")}
    if kind != note.kind:
        values["kind"] = kind
    if kind != "note":
        values["direction"] = form_text("direction") or note.direction or "out"
        result = form_text("result") or note.result if kind == "call" else None
        if (
            seen_values().get("result", "null" if note.result is None else "") != "null" or result != RESULTS[0][0]
        ):  # a call without a result counts as reached, and is shown so
            values["result"] = result
    if (at := form_moment("at")) and not _is_as_seen("at", note.at):
        values["at"] = at
    return records.edit_note(deps(), current_user().workspace.id, note.id, actor=current_user().rep.id, seen=seen_values(), **values)


def _save_sale(sale: Sale) -> str | None:
    values = sale_values(sale.refund_of)
    if sale.refund_of:
        values = {name: values[name] for name in ("amount", "sold_on")}
    return records.edit_sale(deps(), current_user().workspace.id, sale.id, actor=current_user().rep.id, seen=seen_values(), **values)


def _save_task(task: Task) -> str | None:
    values: dict[str, Any] = {"text": form_text("text"), "remind_minutes": form_reminder()}
    if not _is_as_seen("due", task.due):
        values["due"] = form_moment("due")
    if request.form.get("reopen"):
        values = {"done": False}
    return edits.edit_task(deps(), current_user().workspace.id, task.id, actor=current_user().rep.id, seen=seen_values(), **values)


def _is_as_seen(name: str, present: datetime | None) -> bool:
    """Whether the person left a moment as the form showed it, which is without seconds."""
    shown = decoded(seen_values().get(name), datetime | None, present)
    return form_text(name) == field_moment(shown, zone_of(current_user().rep.timezone))


def _delete(action: Callable[..., str | None]) -> Callable[[str], str | None]:
    return lambda record: action(deps(), current_user().workspace.id, record, actor=current_user().rep.id)


_KINDS = {
    "notes": RecordKind("Note", lambda here, record: here.notes.find(record), _save_note, _delete(records.delete_note)),
    "sales": RecordKind("Sale", lambda here, record: here.sales.find(record), _save_sale, _delete(records.delete_sale)),
    "tasks": RecordKind("Task", lambda here, record: here.tasks.find(record), _save_task, _delete(edits.delete_task)),
}


def _register(kind: str, name: str) -> None:
    """The form and its answer at `/leads/<lead>/notes/<note>` and the like."""
    path = f"/leads/<lead>/{kind}/<{name}>"
    blueprint.add_url_rule(path, f"{name}_form", lambda lead, **ids: _form(lead, kind, ids[name]))
    blueprint.add_url_rule(path, f"{name}_save", lambda lead, **ids: _save(lead, kind, ids[name]), methods=["POST"])


for _kind, _name in (("notes", "note"), ("sales", "sale"), ("tasks", "task")):
    _register(_kind, _name)
