"""The mail that leaves for a message: its headers, parts and recipient. Used by actions.mail_queue."""

from email.message import EmailMessage

from tracker.actions.deps import Deps
from tracker.actions.mail.attachments import file_parts
from tracker.actions.mail.compose import unsubscribe_url
from tracker.base.mail_addresses import wire_address
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep
from tracker.mail import mime


def recipient_of(message: Message, lead: Lead) -> str:
    """The address that the message goes to."""
    return message.envelope.copy_to or lead.email


def message_id_of(message: Message, sender: str) -> str:
    """The Message-ID with angle brackets: of all messages of a batch the same. It never changes once the message was queued."""
    return message.message_id or f"<{message.envelope.batch or message.id}@{wire_address(sender).rpartition('@')[2]}>"


def outgoing_mail(deps: Deps, message: Message, lead: Lead, sender: Rep) -> EmailMessage:
    """The mail as it is handed to the mail server. `Bcc` recipients are in no header. Raises Invalid."""
    envelope = message.envelope
    headers = {
        "Reply-To": envelope.reply_to or sender.sender.reply_to,
        "In-Reply-To": envelope.in_reply_to,
        "References": " ".join(envelope.references),
    }
    unsubscribe: dict[str, str] = {}
    if (message.campaign or message.automatic) and not envelope.copy_to and deps.settings.edge_url.startswith("https://"):
        unsubscribe = mime.unsubscribe_headers(unsubscribe_url(deps, message.workspace, message.id))
    return mime.build(
        sender=(sender.from_name, sender.from_address),
        recipient=(lead.name, lead.email),
        subject=message.subject,
        text=message.text or "",
        html=message.html,
        message_id=message_id_of(message, sender.from_address).strip("<>"),
        at=deps.now(),
        headers={name: value for name, value in headers.items() if value} | unsubscribe,
        to=[(mailbox.name, mailbox.email) for mailbox in envelope.to],
        cc=[(mailbox.name, mailbox.email) for mailbox in envelope.cc],
        files=file_parts(deps, message),
    )
