"""Forms that change a lead. They work without scripts; js/pages/lead.js submits them and redraws the page."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.changes import edits
from tracker.actions.changes.edits import Edited, add_task, edit_lead, edit_task, record_added, take_lead
from tracker.actions.pipeline import notes, sales
from tracker.actions.privacy.consents import set_consent
from tracker.base.errors import Conflict, Invalid, Stale, Taken
from tracker.base.money import parsed_money
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, LeadValue, NextAction
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.sale import Interval
from tracker.rules.fit.fit_values import FIT_FIELDS
from tracker.web.console.audit_log import note
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.access import check_owner, conflict_for, visible_lead
from tracker.web.console.pages.lead.contacts import SAID, form_moment, form_reminder, form_text, log_contact
from tracker.web.console.pages.lead.move_form import given_fields, given_reason
from tracker.web.console.pages.lead.qualification import given_facts, given_referrer
from tracker.web.console.seen import decoded, seen_values
from tracker.web.console.text.dates import field_moment, parse_due

blueprint = Blueprint("lead_edits", __name__)

Done = tuple[str, str | None] | tuple[str, str | None, str]
"""The confirmation, the change to undo (None: nothing changed, or it cannot be undone), and the step after which *What next?* is asked."""
Edit = Callable[[Lead], Done]
_CONTACT = ("email", "name", "company", "phone", "job_title", "country", "timezone", "external_url")


def _edit(path: str) -> Callable[[Edit], Callable[[str], Response]]:
    """Registers a change at `/leads/<lead>/<path>`."""

    def register(change: Edit) -> Callable[[str], Response]:
        @blueprint.post(f"/leads/<lead>/{path}", endpoint=change.__name__.strip("_"))
        @wraps(change)
        def view(lead: str) -> Response:
            found = visible_lead(lead)
            try:
                text, made, *after = change(found)
            except Stale:
                raise
            except (Invalid, Conflict) as error:
                shown = conflict_for(error)[0] if isinstance(error, Taken) else error
                if wants_json():
                    raise shown from None
                flash(sentence_of(shown), "error")
                return redirect(url_for("lead.page", lead=lead), 303)
            return confirmed(text, made, url_for("lead.page", lead=lead), after[0] if after else "")

        return view

    return register


def sentence_of(error: Invalid | Conflict) -> str:
    """The error as one sentence that starts with the field's name."""
    text = str(error)
    if isinstance(error, Invalid) and text[:1].islower():
        name = error.field.split(".")[-1].replace("_", " ")
        text = f"{name[:1].upper()}{name[1:]} {text}"
    return text if text.endswith((".", "?", "!")) else f"{text[:1].upper()}{text[1:]}."


def _change(lead: Lead, own: Mapping[str, str] | None = None, **values: Any) -> Edited:
    """Changes fields, and custom fields one by one (`own`), unless someone else changed them since the form was shown."""
    user = current_user()
    return edit_lead(deps(), user.workspace.id, lead.id, actor=user.rep.id, seen=seen_values(), own=own, **values)


def _text(name: str) -> str:
    return form_text(name)


@_edit("stage")
def _stage(lead: Lead) -> Done:
    stage = current_user().workspace.stage_named(_text("stage"))
    reason = given_reason(stage.kind if stage else "")
    moved = _change(lead, stage=stage.id if stage else _text("stage"), lost_reason=reason, **given_fields())
    return f"Moved to {current_user().workspace.stage_name(moved.lead.stage)}.", moved.change, "move" if moved.change else ""


@_edit("source")
def _source(lead: Lead) -> Done:
    given: dict[str, Any] = {name: _text(name) or None for name in ("source", "source_detail") if name in request.form}
    return "Source saved.", _change(lead, **given).change


@_edit("owner")
def _owner(lead: Lead) -> Done:
    if request.form.get("take"):
        taken = take_lead(deps(), current_user().workspace.id, lead.id, current_user().rep)
        return f"{lead.name} is assigned to you.", taken.change
    check_owner(_text("owner"))
    return "Owner saved.", _change(lead, owner=_text("owner") or None).change


@_edit("next")
def _next(lead: Lead) -> Done:
    if request.form.get("done"):
        return "Done.", _change(lead, next_action=None).change, "task"
    return "Next action saved.", _change(lead, next_action=NextAction(_text("text"), _due())).change


@_edit("contact")
def _contact(lead: Lead) -> Done:
    given = {name: _text(name) for name in _CONTACT if name in request.form}
    kept: dict[str, object] = {}
    for name, value in given.items():
        kept[name] = value if name in ("email", "name") else value or None
    own = {name: _text(f"own-{name}") for name in FIT_FIELDS if f"own-{name}" in request.form}
    if "tags" in request.form:
        kept["tags"] = tuple(tag.strip() for tag in _text("tags").split(",") if tag.strip())
    if "amount" in request.form:
        amount = _text("amount")
        kept["value"] = LeadValue(parsed_money("value", amount, _text("currency")), _text("currency")) if amount else None
    return "Saved.", _change(lead, own, **kept).change


@_edit("qualification")
def _qualification(lead: Lead) -> Done:
    given: dict[str, Any] = {name: _text(name) or None for name in ("buying_role", "need", "timeline") if name in request.form}
    if "category" in request.form:
        given["categories"] = tuple(one for one in request.form.getlist("category") if one)
    if "referred_by" in request.form:
        given["referred_by"] = given_referrer(lead)
    own = {"budget": _text("own-budget")} if "own-budget" in request.form else None
    return "Saved.", _change(lead, own, **given).change


@_edit("dated-facts")
def _dated_facts(lead: Lead) -> Done:
    return "Saved.", _change(lead, dated_facts=given_facts(lead)).change


@_edit("fields")
def _fields(lead: Lead) -> Done:
    """The custom fields of the form; others stay, an empty value removes one."""
    given = dict(zip(request.form.getlist("field"), map(str.strip, request.form.getlist("value")), strict=False))
    return "Saved.", _change(lead, given).change


@_edit("archive")
def _archive(lead: Lead) -> Done:
    is_archived = not request.form.get("restore")
    made = edits.archive(deps(), current_user().workspace.id, lead.id, actor=current_user().rep.id, is_archived=is_archived)
    return "Archived." if is_archived else "Restored.", made.change


@_edit("consent")
def _consent(lead: Lead) -> Done:
    user = current_user()
    said = {"state": _text("state"), "how": _text("how") or "console", "wording": _text("wording")}
    found = set_consent(deps(), user.workspace.id, lead.id, by=user.rep.id, **said)
    states = (lead.tracking_consent.state.value, found.tracking_consent.state.value)
    note(AuditAction.CONSENT_CHANGED, lead.name, old=states[0], new=states[1], how=said["how"], lead_id=lead.id)
    return "Consent saved.", None


@_edit("notes")
def _note(lead: Lead) -> Done:
    after, made = log_contact(lead, "note")
    return SAID.get(_text("kind"), "Note added."), made, after


@_edit("touches")
def _touch(lead: Lead) -> Done:
    user = current_user()
    made = notes.add_touch(
        deps(), user.workspace.id, lead=lead.id, type_name=_text("type"), text=_text("text"), at=form_moment("at"), rep=user.rep.id
    )
    return f"{made.touch} recorded.", record_added(deps(), user.workspace.id, lead.id, user.rep.id, note=made.id)


@_edit("tasks")
def _task(lead: Lead) -> Done:
    user, given = current_user(), {"text": _text("text"), "due": _due(), "remind_minutes": form_reminder()}
    return "Task added.", add_task(deps(), user.workspace.id, lead=lead.id, actor=user.rep.id, rep=user.rep.id, **given)


@_edit("tasks/done")
def _task_done(lead: Lead) -> Done:
    task, made = workspace_store().tasks.get(_text("task")), None
    if workspace_store().leads.is_one(task.lead, lead.id):
        made = edit_task(deps(), current_user().workspace.id, task.id, actor=current_user().rep.id, done=True)
    return "Done.", made, "task" if made else ""


@_edit("sales")
def _sale(lead: Lead) -> Done:
    user = current_user()
    refund_of = _text("refund_of") or None
    made = sales.add_sale(deps(), user.workspace.id, lead=lead.id, rep=user.rep.id, refund_of=refund_of, **sale_values(refund_of))
    return "Refund added." if refund_of else "Sale added.", record_added(deps(), user.workspace.id, lead.id, user.rep.id, sale=made.id)


def sale_values(refund_of: str | None = None) -> dict[str, Any]:
    """What the form of a sale describes; a refund has the currency of the sale that is paid back. Raises Invalid."""
    paid_back = workspace_store().sales.find(refund_of) if refund_of else None
    amount = parsed_money("amount", _text("amount"), paid_back.currency if paid_back else _text("currency"))
    is_recurring = bool(request.form.get("recurring"))
    interval = _text("interval") if is_recurring else ""
    if interval and interval not in set(Interval):
        raise Invalid("interval", "must be one of those offered")
    return {
        "product": _text("product"),
        "amount": amount,
        "currency": _text("currency"),
        "sold_on": form_day("sold_on"),
        "is_recurring": is_recurring,
        "interval": Interval(interval) if interval else None,
        "ended_on": form_day("ended_on") if is_recurring and _text("ended_on") else None,
        "end_reason": _text("end_reason") or None if is_recurring else None,
    }


def form_day(name: str) -> date:
    """The day in a field of the form. Raises Invalid."""
    try:
        return date.fromisoformat(_text(name))
    except ValueError:
        raise Invalid(name, "must be a date") from None


def _due() -> datetime | None:
    former: NextAction | None = decoded(seen_values().get("next_action"), NextAction | None)
    if former is not None and former.due and _text("due") == field_moment(former.due, zone_of(current_user().rep.timezone)):
        return former.due  # the form shows no seconds
    try:
        return parse_due(_text("due"), zone_of(current_user().rep.timezone))
    except ValueError:
        raise Invalid("due", "must be a date") from None
