"""Schemas of what a message has besides its content: recipients, attachments, template, conversation."""

from typing import Annotated

from pydantic import Field

from tracker.domain.mail.attachment import LARGEST_TOTAL, Attachment
from tracker.domain.mail.message import Message
from tracker.web.api.schemas.base import Id, In, Line, Moment, Out

_MOST = 50
_BASE64_LONGEST = (LARGEST_TOTAL + 2) // 3 * 4 + 64
MessageIds = Annotated[list[Annotated[str, Field(max_length=900)]], Field(max_length=100)]
Addresses = Annotated[list[Line], Field(max_length=_MOST)]
Ids = Annotated[list[Id], Field(max_length=_MOST)]


class EnvelopeIn(In):
    """Recipients, attachments, template and conversation of a new message."""

    to: Ids | None = Field(None, description="Further leads, shown in To. Each gets a message of their own in the same `batch`")
    cc: Addresses | None = Field(None, description="Addresses. Leads among them get a message of their own, others an untracked copy")
    bcc: Addresses | None = Field(None, description="As `cc`, but shown in no header")
    reply_to: Line | None = Field(None, description="The address that answers go to")
    reply_to_message: Id | None = Field(
        None, description="A sent message that this one answers: fills `in_reply_to` and `references`, and the subject if there is none"
    )
    in_reply_to: Annotated[str, Field(max_length=900)] | None = Field(None, description="The Message-ID that this message answers")
    references: MessageIds | None = Field(None, description="The Message-IDs of the conversation, oldest first")
    attachments: Ids | None = Field(None, description="Files from POST /attachments; 10 MB in all")
    template: Id | None = Field(None, description="The template: gives `subject`, `html` and `kind` where they are not given")


class AttachmentIn(In):
    """A file to attach to a message."""

    name: Line = Field(description="The file name; its extension decides the type")
    content: Annotated[str, Field(min_length=1, max_length=_BASE64_LONGEST)] = Field(description="Base64; 10 MB at most")


class AttachmentOut(Out):
    """An uploaded file; deleted after a day unless a message uses it."""

    id: str
    name: str
    type: str
    size: int = Field(description="In bytes")
    created_at: Moment


class FileOut(Out):
    """A file of a message."""

    id: str
    name: str
    type: str
    size: int


class EnvelopeOut(Out):
    """Recipients, attachments, template and conversation of a message."""

    message_id: str | None = Field(
        description="The Message-ID with angle brackets; set when Leadlight first queues it, and the same for every try"
    )
    server_message_id: str | None = Field(
        description="The Message-ID that the mail server put in its place, if its reply told one; answers refer to it"
    )
    batch: str | None = Field(description="The id of the first message, if the email has several recipients")
    copy_to: str | None = Field(description="The address of an untracked copy to a person who is not a lead")
    to: list[str] = Field(description="The addresses shown in To; empty: the lead's")
    cc: list[str]
    reply_to: str | None
    in_reply_to: str | None
    references: list[str]
    thread: str | None = Field(description="The id of the first message of the conversation")
    attachments: list[FileOut]
    template: str | None
    template_version: int | None


def envelope_fields(message: Message) -> dict[str, object]:
    """The values of `EnvelopeOut`."""
    envelope = message.envelope
    same = {name: getattr(envelope, name) for name in ("batch", "copy_to", "reply_to", "in_reply_to", "thread")}
    return same | {
        "message_id": message.message_id,
        "server_message_id": message.server_message_id,
        "to": [mailbox.email for mailbox in envelope.to],
        "cc": [mailbox.email for mailbox in envelope.cc],
        "references": list(envelope.references),
        "attachments": [FileOut.model_construct(id=f.id, name=f.name, type=f.type, size=f.size) for f in message.attachments],
        "template": message.template,
        "template_version": message.template_edition,
    }


def attachment_out(attachment: Attachment) -> AttachmentOut:
    """The uploaded file as a response."""
    return AttachmentOut.model_construct(**{name: getattr(attachment, name) for name in AttachmentOut.model_fields})
