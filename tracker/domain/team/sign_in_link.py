"""The one-time sign-in link. Only a hash of its token is stored."""

from datetime import datetime
from enum import StrEnum

import msgspec


class LinkKind(StrEnum):
    """How a sign-in link reaches its reader, which decides what it proves."""

    SHOWN = "shown"
    """Shown to an admin of the workspace, who passes it on: proves only membership in that workspace."""
    MAILED = "mailed"
    """Mailed to a confirmed address."""
    CHOICE = "choice"
    """Offered after a password that fits several persons of one address."""
    MACHINE = "machine"
    """Printed on the machine by the operator, who is trusted to pass it on."""


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that signs a rep in once. `id` is the SHA-256 of its token."""

    id: str
    workspace: str
    rep: str
    kind: LinkKind = LinkKind.SHOWN
    limited_to: str = ""
    """As in `Session`, for the session that it starts."""
    created_at: datetime
    expires_at: datetime
