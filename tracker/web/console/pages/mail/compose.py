"""Composing an email to a lead: text, merge fields, preview, and which links are tracked."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.mail.compose import Composed, compose
from tracker.actions.mail.mail_consent import MailConsent, mail_consent
from tracker.actions.mail.messages import create_message, send_message
from tracker.actions.mail.sending import check_sending
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.mail.tracking import Tracking
from tracker.links.rewrite import REASONS
from tracker.mail.merge import FIELDS
from tracker.rules.consent import PermissionRule
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.text.plain_mail import html_of

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
    "tracking_choice_url": "Tracking choice link",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's values. `body` is plain text, or HTML if `is_html`."""

    subject: str = ""
    body: str = _GREETING
    kind: str = ""
    track: bool = True
    is_html: bool = False
    asks: bool = False
    """Whether the email asks for permission to track."""

    @property
    def html(self) -> str:
        """The body as email HTML."""
        return self.body if self.is_html else html_of(self.body)


@blueprint.get("/leads/<lead>/write")
def form(lead: str) -> str:
    """The form for an email to this lead."""
    return _form(visible_lead(lead), Draft(kind="proposal" if request.args.get("kind") == "proposal" else ""))


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
            track=draft.track,
            ask_consent=draft.asks,
        )
    except Invalid as error:
        return _form(found, draft, sentence_of(error)), 422
    try:
        send_message(deps(), current_user().workspace.id, message.id)
    except (Invalid, Conflict, DeliveryError) as error:
        flash(f"Not sent: {error}", "error")
        return redirect(url_for("messages.page", message=message.id), 303)
    flash(_sent_text(message, found), "ok")
    return redirect(url_for("lead.page", lead=found.id), 303)


@blueprint.post("/leads/<lead>/write/check")
def check(lead: str) -> Response:
    """For js/pages/compose.js: subject, HTML and links as they would be sent, or the problem."""
    found, draft = visible_lead(lead), _draft()
    try:
        made = _composed(found, draft)
    except Invalid as error:
        return jsonify(problem=sentence_of(error), links=[], html=draft.html)
    links = [
        {"url": link.url, "label": link.label or link.url, "reason": _reason(link.reason), "tracked": bool(link.tracked_url)}
        for link in made.links
    ]
    return jsonify(problem=None, subject=made.subject, links=links, html=draft.html)


@blueprint.post("/leads/<lead>/write/preview")
def preview(lead: str) -> Response:
    """The email's body for the preview frame, without tracking."""
    draft = _draft()
    try:
        body = _composed(visible_lead(lead), draft, is_preview=True).html
    except Invalid:
        body = draft.html
    return framed(body)


def _composed(lead: Lead, draft: Draft, *, is_preview: bool = False) -> Composed:
    """The email as it would be sent, in the preview with plain links and without pixel. Its message id is random, so its tokens are invalid."""
    consent = _consent(lead, draft)
    tracking = Tracking.OFF if is_preview else consent.tracking
    sender, body = current_user().rep, draft.html
    return compose(deps(), lead, sender, message=new_id(), subject=draft.subject, html=body, text=None, tracking=tracking, consent=consent)


def _consent(lead: Lead, draft: Draft) -> MailConsent:
    wanted = Tracking.FULL if draft.track else Tracking.OFF
    return mail_consent(current_user().workspace, lead, wanted, ask=draft.asks, now=deps().now())


def _sent_text(message: Message, lead: Lead) -> str:
    if message.pixel_url:
        return f"Sent. You are alerted when {lead.first_name} opens it."
    if message.track:
        return f"Sent. You are alerted when {lead.first_name} follows a link."
    return f"Sent. {message.tracking_reason}." if message.tracking_reason else "Sent, without tracking."


def _draft() -> Draft:
    kind = request.form.get("kind", "")
    return Draft(
        subject=request.form.get("subject", "").strip(),
        body=request.form.get("body", ""),
        kind=kind if kind in dict(KINDS) else "",
        track=bool(request.form.get("track")),
        is_html=request.form.get("mode") == "html",
        asks=bool(request.form.get("ask_consent")),
    )


def _reason(reason: str | None) -> str | None:
    return REASONS.get(reason, "The link is unchanged.") if reason else None


def _form(lead: Lead, draft: Draft, problem: str | None = None) -> str:
    obstacle = None
    try:
        check_sending(deps().settings, current_user().workspace, lead, current_user().rep)
    except Invalid as error:
        obstacle = sentence_of(error)
    consent = _consent(lead, replace(draft, track=True, asks=True))
    context: dict[str, Any] = {
        "lead": lead,
        "limit": consent.reason,
        "may_ask": consent.asks and consent.permission.is_limited,
        "is_undecided": not current_user().workspace.is_demo and consent.permission.rule is PermissionRule.UNDECIDED,
        "draft": draft,
        "problem": problem if problem != obstacle else None,
        "obstacle": obstacle,
        "kinds": KINDS,
        "fields": [(name, _FIELD_LABELS.get(name, name)) for name in FIELDS],
    }
    return render_template("mail/compose.html", section="leads", **context)
