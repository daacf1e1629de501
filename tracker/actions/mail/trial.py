"""*Test to myself*: a draft as the lead would get it, sent to the rep who writes it. It is not stored and has no tracking."""

from collections.abc import Sequence

from tracker.actions.deps import Deps
from tracker.actions.mail.attachments import unused_attachments
from tracker.actions.mail.compose import compose
from tracker.actions.mail.sending import record_failure, record_success
from tracker.actions.team.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep
from tracker.mail import mime, smtp
from tracker.mail.routes import mail_resolver, route_of

PREFIX = "[Test] "
_MOST_TRIALS = 30
"""Tests of one rep per 15 minutes."""


def send_trial(deps: Deps, lead: Lead, rep: Rep, *, subject: str, html: str, attachments: Sequence[str] = ()) -> None:
    """Sends the draft to the rep's own address. Nothing of it is counted: links are plain, and no message exists.

    Raises Invalid, DeliveryError, TooManyTries.
    """
    workspace = deps.store.workspaces.get(lead.workspace)
    route = route_of(workspace, deps.settings)
    if route is None:
        raise Invalid("SMTP_URL", "No mail server is set. Set one under Settings, Email, or as SMTP_URL.")
    message = new_id()
    made = compose(deps, lead, rep, message=message, subject=subject, html=html, text=None, tracking=Tracking.OFF)
    files = unused_attachments(deps, workspace.id, attachments, rep.id)
    content = deps.store.of(workspace.id).attachments.content(file.id for file in files)
    mail = mime.build(
        sender=(rep.from_name, rep.from_address),
        recipient=(rep.name, rep.email),
        subject=PREFIX + made.subject,
        text=made.text,
        html=made.html,
        message_id=f"{message}@{rep.from_address.rpartition('@')[2]}",
        at=deps.now(),
        headers={"Reply-To": rep.sender.reply_to} if rep.sender.reply_to else None,
        files=[mime.FilePart(file.name, file.type, content[file.id]) for file in files],
    )
    if deps.store.rate_limits.count(f"trial:{rep.id}", deps.now(), WINDOW) > _MOST_TRIALS:
        raise TooManyTries("Too many tests were sent. Wait 15 minutes.")
    try:
        smtp.send(route, mail, sender=rep.from_address, recipient=rep.email, resolver=mail_resolver(deps.settings))
    except DeliveryError as error:
        record_failure(deps, workspace.id, error)
        raise
    record_success(deps, workspace.id)
