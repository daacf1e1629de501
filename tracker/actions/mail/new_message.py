"""New messages with several recipients, attachments, templates and a place in a conversation. Used by console and API."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from tracker.actions.deps import Deps
from tracker.actions.mail.attachments import unused_attachments
from tracker.actions.mail.messages import MessageParts, create_message
from tracker.actions.mail.outgoing import message_id_of
from tracker.actions.mail.recipients import MaySee, Recipients, find_recipients, mail_address
from tracker.actions.mail.templates import usable_template
from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import new_id
from tracker.domain.mail.attachment import Attachment
from tracker.domain.mail.conversation import conversation_id
from tracker.domain.mail.envelope import Envelope
from tracker.domain.mail.message import Message
from tracker.domain.mail.template import Template
from tracker.domain.mail.tracking import Tracking
from tracker.mail import threads
from tracker.rules.mail.conversations import thread_of


def new_message(
    deps: Deps,
    workspace: str,
    *,
    lead: str,
    may_see: MaySee,
    uploader: str | None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    attachments: Sequence[str] = (),
    template: str | None = None,
    key: str | None = None,
    **content: Any,
) -> Message:
    """Creates a message to `lead`, and one for each further recipient; returns the first.

    `content` holds what `create_message` takes, and `reply_to`, `reply_to_message`, `in_reply_to` and `references`. `uploader` is the rep
    whose files may be attached; None: all files. `key` is its id, for one that is made once. Raises NotFound, Invalid, Conflict; then no message is left.
    """
    first = deps.store.of(workspace).leads.addressee(lead)
    used = usable_template(deps, workspace, template) if template else None
    envelope = _conversation(deps, workspace, content)
    _fill_from_template(content, used)
    files = unused_attachments(deps, workspace, attachments, uploader) if attachments else []
    found = find_recipients(deps, workspace, first, to=to, cc=cc, bcc=bcc, may_see=may_see)
    parts = MessageParts(id=key or new_id(), envelope=envelope, attachments=tuple(file.file for file in files), template=used)
    if found.leads or found.others:
        parts = replace(parts, envelope=msgspec.structs.replace(envelope, to=found.to, cc=found.cc, batch=parts.id))
    made: list[Message] = []
    try:
        made.append(create_message(deps, workspace, lead=lead, parts=parts, **content))
        made.extend(create_message(deps, workspace, **{**content, **extra}) for extra in _further(found, made[0], parts))
        _assign(deps, workspace, files, made[0].id)
    except Exception:
        for one in made:
            deps.store.of(workspace).messages.remove(one.id)
        raise
    return made[0]


def _assign(deps: Deps, workspace: str, files: Sequence[Attachment], message: str) -> None:
    if deps.store.of(workspace).attachments.assign((file.id for file in files), message) < len(files):
        raise Conflict("an attachment was used by another message meanwhile")


def _further(found: Recipients, first: Message, parts: MessageParts) -> list[dict[str, Any]]:
    """What `create_message` takes otherwise for each further recipient: the same sender, and a copy without tracking for no lead."""
    sender = {"rep": first.rep} if first.rep else {}
    copies = [
        replace(parts, id=None, envelope=msgspec.structs.replace(parts.envelope, copy_to=address), template=None)
        for address in found.others
    ]
    return [
        *({"lead": lead.id, "parts": replace(parts, id=None), **sender} for lead in found.leads),
        *({"lead": first.lead, "parts": copy, "track": None, "tracking": Tracking.OFF, "ask_consent": False, **sender} for copy in copies),
    ]


def _fill_from_template(content: dict[str, Any], template: Template | None) -> None:
    """Takes subject, HTML and kind from the template where they are not given."""
    for field in ("subject", "html"):
        given = content.get(field)
        content[field] = given if given is not None else getattr(template, field, "")
    if content.get("kind") is None and template:
        content["kind"] = template.kind


def _conversation(deps: Deps, workspace: str, content: dict[str, Any]) -> Envelope:
    """The reply address and the place in a conversation, removed from `content`; fills in the subject of an answer."""
    reply_to, answered = content.pop("reply_to", None), content.pop("reply_to_message", None)
    in_reply_to, references = content.pop("in_reply_to", None), content.pop("references", None) or ()
    former = _answered(deps, workspace, answered) if answered else None
    if former:
        known = [former.message_id, former.server_message_id]
        replies = _replies(deps, workspace, former)
        in_reply_to = replies[-1] if replies else former.server_message_id or former.message_id
        references = [*former.envelope.references, *filter(None, known), *replies]
        if content.get("subject") is None:
            content["subject"] = threads.reply_subject(former.subject)
    parent = threads.message_id("in_reply_to", in_reply_to) if in_reply_to else None
    return Envelope(
        reply_to=mail_address("reply_to", reply_to) if reply_to else None,
        in_reply_to=parent,
        references=threads.references("references", references, parent),
        thread=thread_of(former) if former else None,
    )


def _replies(deps: Deps, workspace: str, former: Message) -> tuple[str, ...]:
    """The Message-IDs of the lead's replies in the conversation, if the last one came after this message: an answer is then one to them."""
    found = deps.store.of(workspace).conversations.find(conversation_id(workspace, former.lead, thread_of(former)))
    return found.message_ids if found and former.sent_at and found.replied_at > former.sent_at else ()


def _answered(deps: Deps, workspace: str, message: str) -> Message:
    """A sent message with its Message-ID; messages of older versions got it from the rep's own address. Raises Invalid."""
    here = deps.store.of(workspace)
    found = here.messages.find(message)
    if found is None or found.sent_at is None:
        raise Invalid("reply_to_message", "must be a message that was sent")
    rep = here.reps.find(found.rep) if found.rep else None
    if found.message_id is None and rep is None:
        raise Invalid("reply_to_message", "must be a message with a sender")
    return found if rep is None else msgspec.structs.replace(found, message_id=message_id_of(found, rep.email))
