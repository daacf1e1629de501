"""/attachments: files for messages, and the files of a message."""

import base64
import binascii

from flask import Response

from tracker.actions.mail import attachments as actions
from tracker.base.errors import Invalid
from tracker.domain.mail.attachment import LARGEST_TOTAL
from tracker.web.api.access import visible_lead
from tracker.web.api.attachment_response import attachment_response
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.mail.envelope import AttachmentIn, AttachmentOut, attachment_out

operations = Operations()

_MAX_UPLOAD = (LARGEST_TOTAL + 2) // 3 * 4 + 64 * 2**10


def _authorize_add(_call: Call, body: AttachmentIn) -> None:
    """Every rep and program of the workspace may."""
    del body


@operations.add(
    "POST", "/attachments", body=AttachmentIn, response=AttachmentOut, status=201, max_body=_MAX_UPLOAD, authorize=_authorize_add
)
def add_attachment(call: Call, body: AttachmentIn) -> AttachmentOut:
    """Uploads a file for a message."""
    try:
        content = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("content", "must be Base64") from None
    return attachment_out(actions.add_attachment(call.deps, call.workspace.id, name=body.name, content=content, rep=call.rep_id))


@operations.add("GET", "/messages/{message}/attachments/{attachment}", returns="The file", media_type="application/octet-stream")
def get_attachment(call: Call, message: str, attachment: str) -> Response:
    """Returns the content of a file of a message."""
    found = call.store.messages.get(message)
    visible_lead(call, found.lead)
    return attachment_response(actions.attached_file(call.deps, found, attachment))
