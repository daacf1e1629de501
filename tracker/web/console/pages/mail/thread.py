"""One conversation of the inbox, with the lead beside it: what was written, answering it, and saying that it needs no answer."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from tracker.actions.conversations.inbox import mark, opened
from tracker.actions.conversations.thread import thread_entries
from tracker.actions.mail.sending import check_sending
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.conversation import Conversation
from tracker.mail.threads import reply_subject
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.leads.peek import peek_values

blueprint = Blueprint("mail_thread", __name__, url_prefix="/mail/inbox")

_LINES = 12
"""Lines of the lead's timeline beside the conversation."""


@blueprint.get("/<conversation>")
def page(conversation: str) -> str:
    """The emails of the conversation, oldest first, with the answer below."""
    found, lead = _found(conversation)
    user = current_user()
    opened(deps(), found, lead, user.rep)
    obstacle = ""
    try:
        check_sending(deps().settings, user.workspace, lead, user.rep)
    except Invalid as error:
        obstacle = sentence_of(error)
    return render_template(
        "mail/thread.html",
        section="mail",
        tab="inbox",
        conversation=found,
        entries=thread_entries(deps(), found),
        reps={rep.id: rep.name for rep in workspace_store().reps.all()},
        subject=reply_subject(found.subject),
        obstacle=obstacle,
        **peek_values(lead, _LINES),
    )


@blueprint.post("/<conversation>/answered")
def answered(conversation: str) -> Response:
    """It needs no answer, or was answered elsewhere."""
    found, _ = _found(conversation)
    mark(deps(), found, is_open=False)
    flash("Marked as answered.")
    return redirect(url_for("inbox.index"), 303)


@blueprint.post("/<conversation>/open")
def reopen(conversation: str) -> Response:
    """It needs an answer after all."""
    found, _ = _found(conversation)
    mark(deps(), found, is_open=True)
    return redirect(url_for("mail_thread.page", conversation=found.id), 303)


@blueprint.post("/<conversation>/unread")
def unread(conversation: str) -> Response:
    """To be read again."""
    found, _ = _found(conversation)
    mark(deps(), found, is_unread=True)
    return redirect(url_for("inbox.index"), 303)


def _found(conversation: str) -> tuple[Conversation, Lead]:
    found = workspace_store().conversations.get(conversation)
    return found, visible_lead(found.lead)
