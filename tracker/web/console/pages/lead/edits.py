"""Forms that change a lead. They work without scripts; js/pages/lead.js submits them and redraws the page."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.leads import archive, leads
from tracker.actions.pipeline import notes, sales, tasks
from tracker.actions.privacy.consents import set_consent
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.base.money import parsed_cents
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, LeadValue, NextAction
from tracker.domain.ops.audit import AuditAction
from tracker.rules.scoring.fit_values import FIT_FIELDS
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.lead.access import check_owner, conflict_for, visible_lead
from tracker.web.console.pages.lead.timeline import DEFAULT_NOTES
from tracker.web.console.text.dates import parse_due

blueprint = Blueprint("lead_edits", __name__)

Edit = Callable[[Lead], str]
_CONTACT = ("email", "name", "company", "phone", "job_title", "country", "timezone", "external_url")


def _edit(path: str) -> Callable[[Edit], Callable[[str], Response]]:
    """Registers a change at `/leads/<lead>/<path>`. The function returns the confirmation text."""

    def register(change: Edit) -> Callable[[str], Response]:
        @blueprint.post(f"/leads/<lead>/{path}", endpoint=change.__name__.strip("_"))
        @wraps(change)
        def view(lead: str) -> Response:
            found = visible_lead(lead)
            try:
                text, kind = change(found), "ok"
            except (Invalid, Conflict) as error:
                shown = conflict_for(error)[0] if isinstance(error, Taken) else error
                if wants_json():
                    raise shown from None
                text, kind = sentence_of(shown), "error"
            if not wants_json() and text:
                flash(text, kind)
            return redirect(url_for("lead.page", lead=lead), 303)

        return view

    return register


def sentence_of(error: Invalid | Conflict) -> str:
    """The error as one sentence that starts with the field's name."""
    text = str(error)
    if isinstance(error, Invalid) and text[:1].islower():
        name = error.field.split(".")[-1].replace("_", " ")
        text = f"{name[:1].upper()}{name[1:]} {text}"
    return text if text.endswith((".", "?", "!")) else f"{text[:1].upper()}{text[1:]}."


def _change(lead: Lead, **values: Any) -> Lead:
    return leads.change_lead(deps(), current_user().workspace.id, lead.id, actor=current_user().rep.id, **values)


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


@_edit("stage")
def _stage(lead: Lead) -> str:
    target = current_user().workspace.stage_named(_text("stage"))
    moved = _change(lead, stage=_text("stage"), lost_reason=_reason(target.kind if target else ""))
    return f"Moved to {current_user().workspace.stage_name(moved.stage)}."


def _reason(kind: str) -> str | None:
    """The chosen reason of a move to a stage of this kind, or the text beside *Other*."""
    chosen = _text(kind) if kind in ("won", "lost") else ""
    return (_text("reason") if chosen in ("", "other") else chosen) or None


@_edit("source")
def _source(lead: Lead) -> str:
    _change(lead, source=_text("source") or None, source_detail=_text("source_detail") or None)
    return "Source saved."


@_edit("owner")
def _owner(lead: Lead) -> str:
    if request.form.get("take"):
        leads.take(deps(), current_user().workspace.id, lead.id, current_user().rep)
        return f"{lead.name} is assigned to you."
    check_owner(_text("owner"))
    _change(lead, owner=_text("owner") or None)
    return "Owner saved."


@_edit("next")
def _next(lead: Lead) -> str:
    if request.form.get("done"):
        _change(lead, next_action=None)
        return "Done."
    _change(lead, next_action=NextAction(_text("text"), _due()))
    return "Next action saved."


@_edit("contact")
def _contact(lead: Lead) -> str:
    given = {name: _text(name) for name in _CONTACT if name in request.form}
    kept: dict[str, object] = {}
    for name, value in given.items():
        kept[name] = value if name in ("email", "name") else value or None
    own = {name: _text(f"own-{name}") for name in FIT_FIELDS if f"own-{name}" in request.form}
    if own:
        kept["fields"] = {name: value for name, value in (dict(lead.fields) | own).items() if value}
    if "tags" in request.form:
        kept["tags"] = tuple(tag.strip() for tag in _text("tags").split(",") if tag.strip())
    if "amount" in request.form:
        amount = _text("amount")
        kept["value"] = LeadValue(parsed_cents("value", amount), _text("currency")) if amount else None
    _change(lead, **kept)
    return "Saved."


@_edit("fields")
def _fields(lead: Lead) -> str:
    """The custom fields of the form; others stay, an empty value removes one."""
    given = dict(zip(request.form.getlist("field"), map(str.strip, request.form.getlist("value")), strict=False))
    _change(lead, fields={name: value for name, value in (dict(lead.fields) | given).items() if value != ""})
    return "Saved."


@_edit("archive")
def _archive(lead: Lead) -> str:
    change = archive.restore_lead if request.form.get("restore") else archive.archive_lead
    change(deps(), current_user().workspace.id, lead.id)
    return "Restored." if request.form.get("restore") else "Archived."


@_edit("consent")
def _consent(lead: Lead) -> str:
    user = current_user()
    said = {"state": _text("state"), "how": _text("how") or "console", "wording": _text("wording")}
    found = set_consent(deps(), user.workspace.id, lead.id, by=user.rep.id, **said)
    states = (lead.tracking_consent.state.value, found.tracking_consent.state.value)
    note(AuditAction.CONSENT_CHANGED, lead.name, old=states[0], new=states[1], how=said["how"], lead_id=lead.id)
    return "Consent saved."


@_edit("notes")
def _note(lead: Lead) -> str:
    kind = _text("kind") or "note"
    text = _text("text") or DEFAULT_NOTES.get(kind, "")
    notes.add_note(deps(), current_user().workspace.id, lead=lead.id, kind=kind, text=text, rep=current_user().rep.id)
    return {"call": "Call logged.", "meeting": "Meeting logged.", "chat": "Chat logged."}.get(kind, "Note added.")


@_edit("tasks")
def _task(lead: Lead) -> str:
    tasks.add_task(deps(), current_user().workspace.id, lead=lead.id, text=_text("text"), due=_due(), rep=current_user().rep.id)
    return "Task added."


@_edit("tasks/done")
def _task_done(lead: Lead) -> str:
    task = workspace_store().tasks.get(_text("task"))
    if task.lead == lead.id:
        tasks.finish_task(deps(), current_user().workspace.id, task.id)
    return "Done."


@_edit("sales")
def _sale(lead: Lead) -> str:
    cents = parsed_cents("amount", _text("amount"))
    try:
        sold_on = date.fromisoformat(_text("sold_on"))
    except ValueError:
        raise Invalid("sold_on", "must be a date") from None
    sales.add_sale(
        deps(),
        current_user().workspace.id,
        lead=lead.id,
        product=_text("product"),
        amount=cents,
        currency=_text("currency"),
        sold_on=sold_on,
        rep=current_user().rep.id,
        is_recurring=bool(request.form.get("recurring")),
    )
    return "Sale added."


def _due() -> datetime | None:
    try:
        return parse_due(_text("due"), zone_of(current_user().rep.timezone))
    except ValueError:
        raise Invalid("due", "must be a date") from None
