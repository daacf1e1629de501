"""Logging calls, meetings, chats and notes from a form. Used by the lead page and by the steps of Today."""

from datetime import datetime

from flask import request

from tracker.actions.alerting.alerts import take_of_lead
from tracker.actions.changes.edits import log_note
from tracker.base.errors import Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead, NextAction
from tracker.domain.pipeline.note import DIRECTIONS
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.log.timeline import DEFAULT_CALLS, DEFAULT_NOTES
from tracker.web.console.text.dates import parse_due

RESULTS = (("reached", "Reached"), ("no_answer", "No answer"), ("left_message", "Left a message"), ("call_back", "Call back on"))
WAYS = (("out", "You contacted them"), ("in", "They contacted you"))
REMINDERS = ((0, "At the time"), (5, "5 minutes before"), (15, "15 minutes before"), (60, "1 hour before"), (1440, "1 day before"))
KINDS = (("call", "Call"), ("meeting", "Meeting"), ("chat", "Chat"))
SAID = {"call": "Call logged.", "meeting": "Meeting logged.", "chat": "Chat logged."}


def log_contact(lead: Lead, default: str = "call") -> tuple[str, str]:
    """Logs what the form describes: the step after which *What next?* is asked (empty: not), and the id to undo it with.

    `default` is the kind without one in the form; `done` finishes the next action; a call back replaces it. Raises Invalid.
    """
    kind, result = form_text("kind") or default, form_text("result") or None
    is_call, is_note = kind == "call", kind == "note"
    call_back = form_moment("call_back") if is_call and result == "call_back" else None
    plan = {"next_action": NextAction("Call back", call_back) if call_back else None} if call_back or _finishes(lead) else None
    change = log_note(
        deps(),
        current_user().workspace.id,
        lead.id,
        actor=current_user().rep.id,
        plan=plan,
        kind=kind,
        text=form_text("text") or (DEFAULT_CALLS.get(result or "") if is_call else None) or DEFAULT_NOTES.get(kind, ""),
        direction=None if is_note else form_text("direction") or DIRECTIONS[0],
        result=result if is_call else None,
        at=form_moment("at"),
    )
    if not is_note:
        take_of_lead(deps(), current_user().workspace.id, lead.id, rep=current_user().rep.id)
    after = "" if is_note or call_back else (result or "reached") if is_call else kind
    return after, change


def form_text(name: str) -> str:
    """A field of the form, stripped, with the line ends that are stored."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def form_reminder() -> int | None:
    """The reminder that the form chose, in minutes before the due time."""
    text = form_text("remind")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004 - below 100,000


def form_moment(name: str) -> datetime | None:
    """A date or time of the form in the rep's zone. Raises Invalid."""
    try:
        return parse_due(form_text(name), zone_of(current_user().rep.timezone))
    except ValueError:
        raise Invalid(name, "must be a date") from None


def _finishes(lead: Lead) -> bool:
    return bool(request.form.get("done") and lead.next_action)
