"""The one-time sign-in link. Only a hash of its token is stored."""

from datetime import datetime
from enum import StrEnum

import msgspec


class LinkKind(StrEnum):
    """How a sign-in link reaches its reader, which decides what it proves."""

    SHOWN = "shown"
    """Shown to an admin of the workspace, who hands it on: proves membership in that workspace and nothing else."""
    MAILED = "mailed"
    """Mailed to a confirmed address."""
    CHOICE = "choice"
    """Offered after a password that fits several persons of one address."""
    MACHINE = "machine"
    """Printed on the machine that runs Leadlight: the operator vouches for its reader."""


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that signs a rep in once. `id` is the SHA-256 of its token."""

    id: str
    workspace: str
    rep: str
    kind: LinkKind = LinkKind.SHOWN
    limited_to: str = ""
    """As in `Session`: what the session that it starts has proven."""
    created_at: datetime
    expires_at: datetime
