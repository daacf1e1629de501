"""Composing an email to a lead: text, merge fields, preview, and which links are tracked."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.mail.compose import Composed, compose
from tracker.actions.mail.messages import create_message
from tracker.actions.mail.outbox import send_message
from tracker.actions.mail.sending import check_sending
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.links.rewrite import REASONS
from tracker.mail.merge import FIELDS
from tracker.rules.working_hours import next_day
from tracker.web.console.auth import current_user, deps
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.text.dates import parse_due
from tracker.web.console.text.plain_mail import html_of
from tracker.web.console.text.sending_text import hours_text, outcome_of

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
    track: bool = True
    is_html: bool = False

    @property
    def html(self) -> str:
        """The body as email HTML, with the rep's signature below."""
        signature = current_user().rep.sender.signature
        return _with_signature(self.body if self.is_html else html_of(self.body), signature)


@blueprint.get("/leads/<lead>/write")
def form(lead: str) -> str:
    """The form for an email to this lead."""
    return _form(visible_lead(lead), Draft(kind="proposal" if request.args.get("kind") == "proposal" else ""))


@blueprint.post("/leads/<lead>/write")
def send(lead: str) -> Response | tuple[str, int]:
    """Creates and sends the message. Errors appear above the form or on the message page."""
    found, draft = visible_lead(lead), _draft()
    zone = zone_of(current_user().rep.timezone)
    try:
        send_at = _send_at(zone)
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
        )
    except Invalid as error:
        return _form(found, draft, sentence_of(error)), 422
    try:
        sent = send_message(deps(), current_user().workspace.id, message.id, send_at=send_at)
    except (Invalid, Conflict, DeliveryError) as error:
        flash(f"Not sent: {error}", "error")
        return redirect(url_for("messages.page", message=message.id), 303)
    outcome = outcome_of(sent, found.first_name, zone, deps().now())
    flash(outcome.text, outcome.tone)
    return redirect(url_for("lead.page", lead=found.id) if outcome.tone == "ok" else url_for("messages.page", message=sent.id), 303)


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
    return jsonify(problem=None, subject=made.subject, links=links, html=draft.html)


@blueprint.post("/leads/<lead>/write/preview")
def preview(lead: str) -> Response:
    """The email's body for the preview frame, without tracking."""
    draft = _draft()
    try:
        body = _composed(visible_lead(lead), draft, track=False).html
    except Invalid:
        body = draft.html
    return framed(body)


def _composed(lead: Lead, draft: Draft, *, track: bool | None = None) -> Composed:
    """The email as it would be sent. Its message id is random, so its tokens are invalid."""
    tracked = draft.track if track is None else track
    return compose(deps(), lead, current_user().rep, message=new_id(), subject=draft.subject, html=draft.html, text=None, track=tracked)


def _draft() -> Draft:
    kind = request.form.get("kind", "")
    return Draft(
        subject=request.form.get("subject", "").strip(),
        body=request.form.get("body", ""),
        kind=kind if kind in dict(KINDS) else "",
        track=bool(request.form.get("track")),
        is_html=request.form.get("mode") == "html",
    )


def _with_signature(html: str, signature: str) -> str:
    """Before the end of a complete document, else at the end."""
    if not signature:
        return html
    head, end, tail = html.rpartition("</body>")
    return f"{head or html}<div>{signature}</div>{end}{tail if head else ''}"


def _send_at(zone: tzinfo) -> datetime | None:
    """The time of *Send later*; None for *Send*. Raises Invalid."""
    if request.form.get("later") != "yes":
        return None
    try:
        moment = parse_due(request.form.get("send_at", ""), zone)
    except ValueError:
        moment = None
    if moment is None or moment <= deps().now():
        raise Invalid("send_at", "must be a time in the future")
    return moment


def _later() -> str:
    """What *Send later* offers, or what was entered: the next begin of working hours on another day."""
    user = current_user()
    zone = zone_of(user.rep.timezone)
    return request.form.get("send_at") or f"{next_day(deps().now(), user.workspace.working_hours, zone).astimezone(zone):%Y-%m-%dT%H:%M}"


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
        "later": _later(),
        "hours": hours_text(current_user().workspace.working_hours),
        "fields": [(name, _FIELD_LABELS.get(name, name)) for name in FIELDS],
    }
    return render_template("mail/compose.html", section="leads", **context)
