"""The message page: status, content, links, sending it now, and cancelling."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.mail.attachments import attached_file
from tracker.actions.mail.compose import compose
from tracker.actions.mail.messages import set_proposal
from tracker.actions.mail_queue.outbox import cancel_for_all, send_to_all
from tracker.base.errors import Conflict, DeliveryError, Invalid
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import WAITING, Message, MessageState
from tracker.domain.mail.tracking import Tracking
from tracker.links.rewrite import REASONS
from tracker.rules.mail.proposals import is_proposal
from tracker.rules.message_engagement import Engagement, figures_of
from tracker.rules.readers.names import reader_name
from tracker.rules.visibility import may_act_as, may_see
from tracker.web.api.attachment_response import attachment_response
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import check_may_send, visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.mail.draft_parts import answered_message
from tracker.web.console.pages.mail.mail_frame import framed
from tracker.web.console.pages.mail.overview import overview_link
from tracker.web.console.text.mail.sending_text import outcome_of, waiting_note
from tracker.web.console.text.mail.status_text import status_of

blueprint = Blueprint("messages", __name__)

_SHOWN = 20
"""Opens and clicks that the page lists."""
_SENDABLE = (MessageState.DRAFT, MessageState.FAILED, *WAITING)


@blueprint.get("/messages/<message>")
def page(message: str) -> str:
    """The message with its status."""
    found = workspace_store().messages.get(message)
    lead = visible_lead(found.lead)
    rep = workspace_store().reps.find(found.rep) if found.rep else None
    context: dict[str, Any] = {**_activity(found, lead), **_related(found)}
    return render_template(
        "mail/message.html",
        **context,
        section="leads",
        message=found,
        lead=lead,
        rep=rep,
        status=status_of(found),
        reasons=REASONS,
        are_opens_tracked=found.degree is not Tracking.LINKS,
        is_proposal=is_proposal(found, current_user().workspace.policy.proposal_words),
        waiting_note=waiting_note(found, zone_of(current_user().rep.timezone), deps().now()),
        is_waiting=found.state in WAITING and may_act_as(current_user().viewer, found.rep),
        is_sendable=found.state in _SENDABLE and may_act_as(current_user().viewer, found.rep),
    )


@blueprint.get("/messages/<message>/body")
def body(message: str) -> Response:
    """The content for the frame, without tracking, so that a rep's view never counts as the lead's."""
    found = workspace_store().messages.get(message)
    return framed(_content(found))


@blueprint.post("/messages/<message>/send")
def send(message: str) -> Response:
    """Sends it now: a draft, one that waits, or one that failed."""
    found = workspace_store().messages.get(message)
    lead = visible_lead(found.lead)
    check_may_send(found)
    try:
        sent = send_to_all(deps(), current_user().workspace.id, found.id)
    except (Invalid, Conflict) as error:
        flash(f"Not sent: {sentence_of(error)}", "error")
    except DeliveryError as error:
        flash(f"Not sent: {error}", "error")
    else:
        outcome = outcome_of(sent, lead.first_name, zone_of(current_user().rep.timezone), deps().now())
        flash(outcome.text, outcome.tone)
    return redirect(url_for("messages.page", message=found.id), 303)


@blueprint.post("/messages/<message>/cancel")
def cancel(message: str) -> Response:
    """Makes a message that waits to be sent a draft again; `back` says where: `lead` or `mail`, the list of emails."""
    found = workspace_store().messages.get(message)
    visible_lead(found.lead)
    check_may_send(found)
    try:
        cancel_for_all(deps(), current_user().workspace.id, found.id)
    except Conflict as error:
        flash(f"Not cancelled: {error}.", "error")
    else:
        flash(f"Cancelled. “{found.subject}” is a draft again.")
    pages = {"lead": url_for("lead.page", lead=found.lead), "mail": overview_link(request.form)}
    return redirect(pages.get(request.form.get("back", ""), url_for("messages.page", message=found.id)), 303)


@blueprint.post("/messages/<message>/proposal")
def proposal(message: str) -> Response:
    """Says whether it is a proposal (`proposal`: yes or no)."""
    found = workspace_store().messages.get(message)
    visible_lead(found.lead)
    set_proposal(deps(), current_user().workspace.id, found.id, proposal=request.form.get("proposal") == "yes")
    return redirect(url_for("messages.page", message=found.id), 303)


@blueprint.get("/messages/<message>/files/<attachment>")
def file(message: str, attachment: str) -> Response:
    """A file of the message, as a download."""
    found = workspace_store().messages.get(message)
    visible_lead(found.lead)
    return attachment_response(attached_file(deps(), found, attachment))


def _activity(message: Message, lead: Lead) -> dict[str, Any]:
    """What persons did with the message: its latest opens, and by link the clicks."""
    figures = figures_of(workspace_store().events.of_messages([message.id]))

    def named(found: tuple[Engagement, ...]) -> list[tuple[datetime, str]]:
        return [(one.at, reader_name(lead, one.reader)) for one in found[:_SHOWN]]

    return {
        "opens": named(figures.opens),
        "open_count": len(figures.opens),
        "clicks": {index: (len(found), named(found)) for index, found in figures.clicks.items()},
    }


def _related(message: Message) -> dict[str, Any]:
    """The other recipients whose leads the rep sees, the template, and the message that this one answers."""
    store, envelope = workspace_store(), message.envelope
    batch = [one for one in store.messages.of_batch(envelope.batch) if one.id != message.id] if envelope.batch else []
    leads = {key: lead for key, lead in store.leads.by_ids(one.lead for one in batch).items() if may_see(current_user().viewer, lead)}
    return {
        "others": [(one, one.envelope.copy_to or leads[one.lead].name, status_of(one)) for one in batch if one.lead in leads],
        "template": store.templates.find(message.template) if message.template else None,
        "first": answered_message(envelope.thread) if envelope.thread else None,
    }


def _content(message: Message) -> str:
    lead = visible_lead(message.lead)
    rep = workspace_store().reps.find(message.rep) if message.rep else None
    try:
        return compose(
            deps(), lead, rep, message=message.id, subject=message.subject, html=message.source_html, text=None, tracking=Tracking.OFF
        ).html
    except Invalid:
        # A merge field whose value the lead no longer has.
        return message.source_html
