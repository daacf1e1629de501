"""Attachments: files that are uploaded, used by one message, and deleted with it. Used by console and API."""

import mimetypes
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.mail.attachment import LARGEST_TOTAL, Attachment
from tracker.domain.mail.message import Message
from tracker.mail.mime import FilePart

_KEEP_UNUSED = timedelta(days=1)
_MOST_FILES = 20
_LONGEST_NAME = 120
_LONGEST_EXTENSION = 12
_TYPES = mimetypes.MimeTypes(filenames=())
"""The types known to Python, without those of the machine."""
_OTHER = "application/octet-stream"
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*]')


def add_attachment(deps: Deps, workspace: str, *, name: str, content: bytes, rep: str | None) -> Attachment:
    """Stores a file, for one day unless a message uses it. Raises Invalid for an empty or too large one."""
    if not content:
        raise Invalid("content", "must not be empty")
    if len(content) > LARGEST_TOTAL:
        raise Invalid("content", f"must not be larger than {LARGEST_TOTAL // 2**20} MB")
    safe, now = file_name(name), deps.now()
    attachment = Attachment(id=new_id(), workspace=workspace, rep=rep, name=safe, type=media_type(safe), size=len(content), created_at=now)
    return deps.store.of(workspace).attachments.add(attachment, content, now + _KEEP_UNUSED)


def unused_attachments(deps: Deps, workspace: str, attachments: Sequence[str], rep: str | None) -> list[Attachment]:
    """The files for a new message, in the given order. Raises Invalid unless all are the rep's (None: any), unused, and small enough."""
    found = deps.store.of(workspace).attachments.by_ids(attachments)
    chosen = [found[key] for key in dict.fromkeys(attachments) if key in found]
    usable = [one for one in chosen if one.owner is None and (rep is None or one.rep == rep)]
    if len(usable) < len(set(attachments)):
        raise Invalid("attachments", "must be ids of uploaded files that no message uses yet")
    if len(usable) > _MOST_FILES:
        raise Invalid("attachments", f"must not be more than {_MOST_FILES}")
    if sum(one.size for one in usable) > LARGEST_TOTAL:
        raise Invalid("attachments", f"must not be larger than {LARGEST_TOTAL // 2**20} MB in all")
    return usable


def file_parts(deps: Deps, message: Message) -> list[FilePart]:
    """The message's files with their content. Raises Invalid if one is gone."""
    content = deps.store.of(message.workspace).attachments.content(file.id for file in message.attachments)
    if any(file.id not in content for file in message.attachments):
        raise Invalid("attachments", "are no longer stored; create the message again")
    return [FilePart(file.name, file.type, content[file.id]) for file in message.attachments]


def attached_file(deps: Deps, message: Message, attachment: str) -> FilePart:
    """One of the message's files. Raises NotFound."""
    file = next((file for file in message.attachments if file.id == attachment), None)
    content = deps.store.of(message.workspace).attachments.content([attachment]) if file else {}
    if file is None or attachment not in content:
        raise NotFound("no such attachment")
    return FilePart(file.name, file.type, content[attachment])


def remove_attachments(deps: Deps, workspace: str, messages: Iterable[Message]) -> int:
    """Deletes the files of these messages, except those that another message of the same batch still uses; returns their number."""
    here, going = deps.store.of(workspace), list(messages)
    gone = {message.id for message in going}
    batches = {message.envelope.batch for message in going if message.envelope.batch}
    kept = {batch for batch in batches if any(other.id not in gone for other in here.messages.of_batch(batch))}
    return here.attachments.remove_of((gone | batches) - kept)


def file_name(name: str) -> str:
    """A name that is safe in headers and on every disk: no folders, control characters, or marks that reverse its reading order."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    plain = " ".join(_NOT_IN_NAMES.sub("_", plain).split()).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > _LONGEST_EXTENSION:
        return plain[:_LONGEST_NAME].strip() or "attachment"
    return f"{stem[: _LONGEST_NAME - len(extension) - 1].strip() or 'attachment'}.{extension}"


def media_type(name: str) -> str:
    """The media type by the extension. A mail inside a mail is a file like others, since MIME forbids to encode its own types."""
    found, encoding = _TYPES.guess_type(name)
    return _OTHER if found is None or encoding or found.startswith(("message/", "multipart/")) else found
