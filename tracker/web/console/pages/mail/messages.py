"""One message: how far it got, its words, its links; sending it again when the mail server refused."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from tracker.actions.mail.compose import compose
from tracker.actions.mail.messages import send_message
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.domain.mail.message import Message, MessageState
from tracker.links.rewrite import REASONS
from tracker.rules.visibility import may_act_as
from tracker.web.console.auth import deps, here, seat
from tracker.web.console.pages.lead.access import check_sends, lead_here
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.text.status_text import status_of

blueprint = Blueprint("messages", __name__)

_SENDABLE = (MessageState.DRAFT, MessageState.QUEUED, MessageState.FAILED)


@blueprint.get("/messages/<message>")
def page(message: str) -> str:
    """The message with its status word."""
    found = here().messages.get(message)
    lead = lead_here(found.lead)
    rep = here().reps.find(found.rep) if found.rep else None
    return render_template(
        "compose/message.html",
        section="leads",
        message=found,
        lead=lead,
        rep=rep,
        status=status_of(found),
        reasons=REASONS,
        is_sendable=found.state in _SENDABLE and may_act_as(seat().viewer, found.rep),
    )


@blueprint.get("/messages/<message>/body")
def body(message: str) -> Response:
    """Its words, for the frame: links as written and no pixel, so that a rep's look is never the lead's."""
    found = here().messages.get(message)
    return framed(_words(found))


@blueprint.post("/messages/<message>/send")
def send(message: str) -> Response:
    """Once more, after the mail server refused it."""
    found = here().messages.get(message)
    lead = lead_here(found.lead)
    check_sends(found)
    try:
        send_message(deps(), seat().workspace.id, found.id)
    except (Invalid, Conflict) as error:
        flash(f"Not sent: {sentence_of(error)}", "error")
    except DeliveryError as error:
        flash(f"Not sent: {error}", "error")
    else:
        flash(f"Sent. You will hear when {lead.first_name} looks at it.", "ok")
    return redirect(url_for("messages.page", message=found.id), 303)


def _words(message: Message) -> str:
    lead = lead_here(message.lead)
    rep = here().reps.find(message.rep) if message.rep else None
    try:
        return compose(
            deps(), lead, rep, message=message.id, subject=message.subject, html=message.source_html, text=None, track=False
        ).html
    except Invalid:
        # A merge field that the lead had then and no longer has.
        return message.source_html
