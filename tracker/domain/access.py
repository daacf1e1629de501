"""How people and programs prove who they are: sessions, one-time sign-in links, API keys. Only hashes are kept."""

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


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `id` is the SHA-256 of the cookie's token."""

    id: str
    person: str
    workspace: str
    """Where the browser is now."""
    rep: str
    home: str = ""
    """The workspace to return to from the demo; empty elsewhere."""
    limited_to: str = ""
    """The only workspace whose sign-in this browser has proven; empty: it has proven to be the person."""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
    """When a password or a one-time link was last given: recent enough, credentials may be changed."""
    csrf: str
    """What forms of this session must send back."""
    agent: str = ""


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


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key. `hash` is the SHA-256 of the key, which was shown once; `hint` is its end, to tell keys apart."""

    id: str
    workspace: str
    rep: str | None
    """Whose rights it has; empty: an admin's of the workspace."""
    name: str
    hash: str
    hint: str
    created_at: datetime
    used_at: datetime | None = None
