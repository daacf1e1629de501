"""What a draft has besides subject and text: recipients, files, its template and the message it answers. Used by compose."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import request

from tracker.actions.mail.attachments import add_attachment
from tracker.base.errors import Invalid
from tracker.base.mail_addresses import mailbox_key
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.attachment import Attachment
from tracker.domain.mail.message import Message
from tracker.domain.mail.template import Template
from tracker.rules import visibility
from tracker.web.console.auth import current_user, deps, workspace_store

_SEPARATORS = re.compile(r"[,;\s]+")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftParts:
    """The form's values."""

    to: str = ""
    cc: str = ""
    bcc: str = ""
    reply_to: str = ""
    template: str = ""
    answered: str = ""
    """The id of the message that this one answers."""
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the fields of further recipients hold anything."""
        return bool(self.to or self.cc or self.bcc or self.reply_to)

    def given(self) -> dict[str, Any]:
        """What `new_message` takes. Raises Invalid for a further lead that does not exist."""
        return {
            "to": _leads(_addresses(self.to)),
            "cc": _addresses(self.cc),
            "bcc": _addresses(self.bcc),
            "reply_to": self.reply_to or None,
            "reply_to_message": self.answered or None,
            "template": self.template or None,
            "attachments": [attachment.id for attachment in self.attachments],
            "may_see": may_see,
            "uploader": current_user().rep.id,
        }


NO_PARTS = DraftParts()


def may_see(lead: Lead) -> bool:
    """Whether the rep sees the lead."""
    return visibility.may_see(current_user().viewer, lead)


def read_parts() -> DraftParts:
    """The parts of the submitted form; stores the files that came with it. Raises Invalid for a file that will not do."""
    form = request.form
    fresh = [
        add_attachment(deps(), current_user().workspace.id, name=file.filename or "", content=file.stream.read(), rep=current_user().rep.id)
        for file in request.files.getlist("files")
        if file.filename
    ]
    return DraftParts(
        **{name: form.get(name, "").strip() for name in ("to", "cc", "bcc", "reply_to")},
        template=usable(form.get("template", "")),
        answered=readable(form.get("answered", "")),
        attachments=(*_kept(form.getlist("attachment")), *fresh),
    )


def usable(template: str) -> str:
    """The id of the template, if a message can be made from it, else nothing."""
    found = workspace_store().templates.find(template) if _ID.fullmatch(template) else None
    return found.id if found and not found.is_archived else ""


def chosen_template() -> Template | None:
    """The template that the query names."""
    template = usable(request.args.get("template", ""))
    return workspace_store().templates.get(template) if template else None


def readable(message: str) -> str:
    """The id of the message, if the rep sees its lead, else nothing."""
    found = answered_message(message)
    return found.id if found else ""


def answered_message(message: str) -> Message | None:
    """The sent message, if the rep sees its lead."""
    found = workspace_store().messages.find(message) if _ID.fullmatch(message) else None
    lead = workspace_store().leads.find(found.lead) if found and found.sent_at else None
    return found if lead and may_see(lead) else None


def _kept(attachments: Iterable[str]) -> list[Attachment]:
    """The files that the form already had."""
    found = workspace_store().attachments.by_ids(key for key in attachments if _ID.fullmatch(key))
    return [one for one in found.values() if one.owner is None and one.rep == current_user().rep.id]


def _addresses(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text) if part]


def _leads(addresses: list[str]) -> list[str]:
    found = workspace_store().leads.by_emails(addresses)
    ids = {mailbox_key(lead.email): lead.id for lead in found.values() if may_see(lead)}
    for address in addresses:
        if mailbox_key(address) not in ids:
            raise Invalid("to", f"{address} is not one of your leads. Add the address under Cc.")
    return [ids[mailbox_key(address)] for address in addresses]
