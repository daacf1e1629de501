"""The attachment: a file that is sent with a message."""

from datetime import datetime

import msgspec

LARGEST_TOTAL = 10 * 2**20
"""Bytes of all attachments of one message."""


class AttachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment as its message names it."""

    id: str
    name: str
    type: str
    size: int


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file without its content."""

    id: str
    workspace: str
    rep: str | None
    """The rep who uploaded it; empty for a program of the workspace."""
    name: str
    type: str
    """The media type, by the extension of the name."""
    size: int
    owner: str | None = None
    """The message it belongs to, or the batch of it; empty until it is used."""
    created_at: datetime

    @property
    def file(self) -> AttachedFile:
        """What the message keeps of it."""
        return AttachedFile(id=self.id, name=self.name, type=self.type, size=self.size)
