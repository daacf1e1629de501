"""The bytes of a relayed message at the moment of sending, as the lead allows then. Called by actions.mail_queue."""

from tracker.actions.deps import Deps
from tracker.actions.mail_relay import kept_bytes
from tracker.actions.mail_relay.not_delivered import tell_not_delivered
from tracker.actions.mail_relay.tracked_copy import tracked_copy
from tracker.base.errors import Invalid
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.workspace.workspace import Workspace
from tracker.mail.splice.headers import passed_on
from tracker.mail.splice.mail import read_mail

_LOST = "The email client's own text of this email is no longer kept. Send it again from there."


def outgoing_copy(deps: Deps, workspace: Workspace, message: Message, lead: Lead) -> tuple[Message, bytes]:
    """The message, changed where consent has changed since, and its bytes. Raises Invalid where they are no longer kept."""
    copy = tracked_copy(deps, workspace, lead, message.id, read_mail(passed_on(_kept_bytes(deps, message))), wanted=message.wanted)
    if copy.tracking is not message.degree or copy.html != message.html:
        message = deps.store.of(workspace.id).messages.change(message.id, **copy.fields())
    return message, copy.raw


def sender_of_relayed(deps: Deps, message: Message) -> str:
    """The envelope sender that the email client named. Raises Invalid where the mail is no longer kept."""
    accepted = deps.store.accepted_mails.find(message.workspace, message.relayed)
    if accepted is None:
        raise Invalid("message", _LOST)
    return accepted.sender


def tell_lead_mail_failed(deps: Deps, message: Message, recipient: str, reason: str) -> None:
    """The alert for the rep whose relayed message to a lead failed."""
    if message.relayed and message.rep:
        tell_not_delivered(
            deps,
            message.workspace,
            rep=message.rep,
            recipient=recipient,
            subject=message.subject,
            reason=reason,
            cause=message.id,
            lead=message.lead,
        )


def _kept_bytes(deps: Deps, message: Message) -> bytes:
    raw = kept_bytes.read(deps, message.workspace, message.relayed)
    if raw is None:
        raise Invalid("message", _LOST)
    return raw
