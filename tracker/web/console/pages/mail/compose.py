"""Composing an email to a lead: text, merge fields, preview, and which links are tracked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.mail.compose import Composed, compose
from tracker.actions.mail.mail_consent import MailConsent, mail_consent
from tracker.actions.mail.new_message import new_message
from tracker.actions.mail.sending import check_sending
from tracker.actions.mail.trial import send_trial
from tracker.actions.mail_queue.outbox import send_to_all
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Link
from tracker.domain.mail.tracking import Tracking
from tracker.links.rewrite import REASONS
from tracker.mail.merge import unknown_fields
from tracker.mail.threads import reply_subject
from tracker.rules.consent import PermissionRule
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.draft_parts import NO_PARTS, DraftParts, answered_message, chosen_template, read_parts
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.pages.mail.next_page import page_after
from tracker.web.console.pages.mail.send_later import chosen_time, offered_time
from tracker.web.console.text.mail.merge_text import offered_fields
from tracker.web.console.text.mail.plain_mail import html_of
from tracker.web.console.text.mail.sending_text import hours_text, outcome_of
from tracker.web.console.text.mail.status_text import DEGREES

blueprint = Blueprint("compose", __name__)

KINDS = (("", "Email"), ("proposal", "Proposal"), ("follow-up", "Follow-up"), ("newsletter", "Newsletter"))
_GREETING = "Hi {{first_name|there}},\n\n\n\nBest regards\n{{rep_name}}"


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's values. `body` is plain text, or HTML if `is_html`."""

    subject: str = ""
    body: str = _GREETING
    kind: str = ""
    tracking: Tracking = Tracking.FULL
    is_html: bool = False
    parts: DraftParts = NO_PARTS
    asks: bool = False
    """Whether the email asks for permission to track."""

    @property
    def html(self) -> str:
        """The body as email HTML, with the rep's signature below."""
        signature = current_user().rep.sender.signature
        return _with_signature(self.body if self.is_html else html_of(self.body), signature)


@blueprint.get("/leads/<lead>/write")
def form(lead: str) -> str:
    """The form for an email to this lead."""
    found = visible_lead(lead)
    template, answered = chosen_template(), answered_message(request.args.get("answer", ""))
    parts = DraftParts(template=template.id if template else "", answered=answered.id if answered else "")
    draft = Draft(kind="proposal" if request.args.get("kind") == "proposal" else "", tracking=current_user().rep.tracking, parts=parts)
    if template:
        body, kind = template.source or template.html, template.kind or ""
        draft = replace(draft, subject=template.subject, body=body, kind=kind if kind in dict(KINDS) else "", is_html=not template.source)
    if answered:
        draft = replace(draft, subject=reply_subject(answered.subject))
    return _form(found, draft)


@blueprint.post("/leads/<lead>/write")
def send(lead: str) -> Response | tuple[str, int]:
    """Creates and sends the message. Errors appear above the form or on the message page."""
    found, draft = visible_lead(lead), _draft()
    zone = zone_of(current_user().rep.timezone)
    try:
        send_at = chosen_time(zone)
        draft = replace(draft, parts=read_parts())
        check_sending(deps().settings, current_user().workspace, found, current_user().rep)
        message = new_message(
            deps(),
            current_user().workspace.id,
            **draft.parts.given(),
            lead=found.id,
            rep=current_user().rep.id,
            subject=draft.subject,
            html=draft.html,
            kind=draft.kind or None,
            tracking=draft.tracking,
            ask_consent=draft.asks,
            sent_by_us=True,
        )
    except (Invalid, Conflict) as error:
        return _form(found, draft, sentence_of(error)), 422
    try:
        sent = send_to_all(deps(), current_user().workspace.id, message.id, send_at=send_at)
    except (Invalid, Conflict, DeliveryError) as error:
        flash(f"Not sent: {error}", "error")
        return redirect(url_for("messages.page", message=message.id), 303)
    outcome = outcome_of(sent, found.first_name, zone, deps().now())
    flash(outcome.text, outcome.tone)
    return redirect(page_after(sent, request.form.get("then", ""), is_sent=outcome.tone == "ok"), 303)


@blueprint.post("/leads/<lead>/write/test")
def test(lead: str) -> str | tuple[str, int]:
    """Sends the draft to the rep who writes it."""
    found, draft, user = visible_lead(lead), _draft(), current_user()
    try:
        draft = replace(draft, parts=read_parts())
        files = [attachment.id for attachment in draft.parts.attachments]
        send_trial(deps(), found, user.rep, subject=draft.subject, html=draft.html, attachments=files)
    except Invalid as error:
        return _form(found, draft, sentence_of(error)), 422
    except (DeliveryError, TooManyTries) as error:
        return _form(found, draft, f"Not sent: {error}"), 422
    flash(f"Test sent to {user.rep.email}. Nothing of it is counted.", "ok")
    return _form(found, draft)


@blueprint.post("/leads/<lead>/write/check")
def check(lead: str) -> Response:
    """For js/pages/compose.js: subject, HTML and links as they would be sent, or the problem."""
    found, draft = visible_lead(lead), _draft()
    try:
        made = _composed(found, draft)
    except Invalid as error:
        return jsonify(problem=sentence_of(error), links=[], html=draft.html)
    return jsonify(
        problem=None, notes=_notes(draft, made, _consent(found, draft)), subject=made.subject, links=links_of(made.links), html=draft.html
    )


def links_of(links: Iterable[Link]) -> list[dict[str, Any]]:
    """The links for js/pages/compose.js."""
    return [
        {"url": link.url, "label": link.label or link.url, "reason": _reason(link.reason), "tracked": bool(link.tracked_url)}
        for link in links
    ]


@blueprint.post("/leads/<lead>/write/preview")
def preview(lead: str) -> Response:
    """The email's body for the preview frame, without tracking."""
    draft = _draft()
    try:
        body = _composed(visible_lead(lead), draft, is_preview=True).html
    except Invalid:
        body = draft.html
    return framed(body)


def _notes(draft: Draft, made: Composed, consent: MailConsent) -> list[str]:
    """What is worth knowing before sending."""
    notes = []
    if unknown := unknown_fields(f"{draft.subject} {draft.body}"):
        shown = ", ".join(f"{{{{{name}}}}}" for name in unknown[:3])
        notes.append(f"{shown} {'is no merge field' if len(unknown) == 1 else 'are no merge fields'} and will be sent as written.")
    if made.tracking is not consent.tracking:
        notes.append("Opens are not tracked: the HTML is incomplete, so it has no certain place for the pixel.")
    return notes


def _composed(lead: Lead, draft: Draft, *, is_preview: bool = False) -> Composed:
    """The email as it would be sent, in the preview with plain links and without pixel. Its message id is random, so its tokens are invalid."""
    consent = _consent(lead, draft)
    return compose(
        deps(),
        lead,
        current_user().rep,
        message=new_id(),
        subject=draft.subject,
        html=draft.html,
        text=None,
        tracking=Tracking.OFF if is_preview else consent.tracking,
        sent_by_us=True,
        consent=consent,
    )


def _consent(lead: Lead, draft: Draft) -> MailConsent:
    return mail_consent(current_user().workspace, lead, draft.tracking, ask=draft.asks, now=deps().now())


def _draft() -> Draft:
    kind, degree = request.form.get("kind", ""), request.form.get("tracking", "")
    return Draft(
        subject=request.form.get("subject", "").strip(),
        body=request.form.get("body", ""),
        kind=kind if kind in dict(KINDS) else "",
        tracking=Tracking(degree) if degree in dict(DEGREES) else current_user().rep.tracking,
        is_html=request.form.get("mode") == "html",
        asks=bool(request.form.get("ask_consent")),
    )


def _with_signature(html: str, signature: str) -> str:
    """Before the end of a complete document, else at the end."""
    if not signature:
        return html
    head, end, tail = html.rpartition("</body>")
    return f"{head or html}<div>{signature}</div>{end}{tail if head else ''}"


def _reason(reason: str | None) -> str | None:
    return REASONS.get(reason, "The link is unchanged.") if reason else None


def _form(lead: Lead, draft: Draft, problem: str | None = None) -> str:
    obstacle = None
    try:
        check_sending(deps().settings, current_user().workspace, lead, current_user().rep)
    except Invalid as error:
        obstacle = sentence_of(error)
    consent = _consent(lead, replace(draft, tracking=Tracking.FULL, asks=True))
    context: dict[str, Any] = {
        "lead": lead,
        "limit": consent.reason,
        "may_ask": consent.asks and consent.permission.is_limited,
        "is_undecided": not current_user().workspace.is_demo and consent.permission.rule is PermissionRule.UNDECIDED,
        "draft": draft,
        "problem": problem if problem != obstacle else None,
        "obstacle": obstacle,
        "kinds": KINDS,
        "later": offered_time(),
        "hours": hours_text(current_user().workspace.working_hours),
        "templates": [template for template in workspace_store().templates.briefs() if not template.is_archived],
        "snippets": workspace_store().snippets.of_reps(current_user().rep.id, None),
        "degrees": DEGREES,
        "fields": offered_fields([*(field.name for field in current_user().workspace.custom_fields), *lead.fields]),
    }
    return render_template("mail/compose.html", section="leads", **context)
