"""Composing an email to a lead: text, merge fields, preview, and which links are tracked."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.mail.compose import Composed, compose
from tracker.actions.mail.messages import create_message, send_message
from tracker.actions.mail.sending import check_sending
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.mail.tracking import Tracking
from tracker.links.rewrite import REASONS
from tracker.mail.merge import FIELDS, unknown_fields
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.text.plain_mail import html_of
from tracker.web.console.text.status_text import DEGREES

blueprint = Blueprint("compose", __name__)

KINDS = (("", "Email"), ("proposal", "Proposal"), ("follow-up", "Follow-up"), ("newsletter", "Newsletter"))
_GREETING = "Hi {{first_name|there}},\n\n\n\nBest regards\n{{rep_name}}"
_FIELD_LABELS = {
    "first_name": "First name",
    "name": "Name",
    "company": "Company",
    "job_title": "Job title",
    "rep_name": "Your name",
    "unsubscribe_url": "Unsubscribe link",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's values. `body` is plain text, or HTML if `is_html`."""

    subject: str = ""
    body: str = _GREETING
    kind: str = ""
    tracking: Tracking = Tracking.FULL
    is_html: bool = False

    @property
    def html(self) -> str:
        """The body as email HTML."""
        return self.body if self.is_html else html_of(self.body)


@blueprint.get("/leads/<lead>/write")
def form(lead: str) -> str:
    """The form for an email to this lead."""
    kind = "proposal" if request.args.get("kind") == "proposal" else ""
    return _form(visible_lead(lead), Draft(kind=kind, tracking=current_user().rep.tracking))


@blueprint.post("/leads/<lead>/write")
def send(lead: str) -> Response | tuple[str, int]:
    """Creates and sends the message. Errors appear above the form or on the message page."""
    found, draft = visible_lead(lead), _draft()
    try:
        check_sending(deps().settings, current_user().workspace, found, current_user().rep)
        message = create_message(
            deps(),
            current_user().workspace.id,
            lead=found.id,
            rep=current_user().rep.id,
            subject=draft.subject,
            html=draft.html,
            kind=draft.kind or None,
            tracking=draft.tracking,
            sent_by_us=True,
        )
    except Invalid as error:
        return _form(found, draft, sentence_of(error)), 422
    try:
        send_message(deps(), current_user().workspace.id, message.id)
    except (Invalid, Conflict, DeliveryError) as error:
        flash(f"Not sent: {error}", "error")
        return redirect(url_for("messages.page", message=message.id), 303)
    flash(sent_text(message, found), "ok")
    return redirect(url_for("lead.page", lead=found.id), 303)


@blueprint.post("/leads/<lead>/write/check")
def check(lead: str) -> Response:
    """For js/pages/compose.js: subject, HTML and links as they would be sent, or the problem."""
    draft = _draft()
    try:
        made = _composed(visible_lead(lead), draft)
    except Invalid as error:
        return jsonify(problem=sentence_of(error), links=[], html=draft.html)
    links = [
        {"url": link.url, "label": link.label or link.url, "reason": _reason(link.reason), "tracked": bool(link.tracked_url)}
        for link in made.links
    ]
    return jsonify(problem=None, notes=_notes(draft, made), subject=made.subject, links=links, html=draft.html)


@blueprint.post("/leads/<lead>/write/preview")
def preview(lead: str) -> Response:
    """The email's body for the preview frame, without tracking."""
    draft = _draft()
    try:
        body = _composed(visible_lead(lead), draft, tracking=Tracking.OFF).html
    except Invalid:
        body = draft.html
    return framed(body)


def sent_text(message: Message, lead: Lead) -> str:
    """What the rep can expect of a message that was just sent."""
    if message.degree is Tracking.OFF:
        return "Sent, without tracking."
    return f"Sent. You are alerted when {lead.first_name} {'opens it' if message.degree is Tracking.FULL else 'clicks a link'}."


def _notes(draft: Draft, made: Composed) -> list[str]:
    """What is worth knowing before sending."""
    notes = []
    if unknown := unknown_fields(f"{draft.subject} {draft.body}"):
        shown = ", ".join(f"{{{{{name}}}}}" for name in unknown[:3])
        notes.append(f"{shown} {'is no merge field' if len(unknown) == 1 else 'are no merge fields'} and will be sent as written.")
    if made.tracking is not draft.tracking:
        notes.append("Opens are not tracked: the HTML is incomplete, so it has no certain place for the pixel.")
    return notes


def _composed(lead: Lead, draft: Draft, *, tracking: Tracking | None = None) -> Composed:
    """The email as it would be sent. Its message id is random, so its tokens are invalid."""
    return compose(
        deps(),
        lead,
        current_user().rep,
        message=new_id(),
        subject=draft.subject,
        html=draft.html,
        text=None,
        tracking=tracking or draft.tracking,
        sent_by_us=True,
    )


def _draft() -> Draft:
    kind, degree = request.form.get("kind", ""), request.form.get("tracking", "")
    return Draft(
        subject=request.form.get("subject", "").strip(),
        body=request.form.get("body", ""),
        kind=kind if kind in dict(KINDS) else "",
        tracking=Tracking(degree) if degree in dict(DEGREES) else current_user().rep.tracking,
        is_html=request.form.get("mode") == "html",
    )


def _reason(reason: str | None) -> str | None:
    return REASONS.get(reason, "The link is unchanged.") if reason else None


def _form(lead: Lead, draft: Draft, problem: str | None = None) -> str:
    obstacle = None
    try:
        check_sending(deps().settings, current_user().workspace, lead, current_user().rep)
    except Invalid as error:
        obstacle = sentence_of(error)
    context: dict[str, Any] = {
        "lead": lead,
        "draft": draft,
        "problem": problem if problem != obstacle else None,
        "obstacle": obstacle,
        "kinds": KINDS,
        "degrees": DEGREES,
        "fields": [(name, _FIELD_LABELS.get(name, name)) for name in FIELDS],
    }
    return render_template("mail/compose.html", section="leads", **context)
