"""The API key: the credential of a program for a workspace. Only a hash is stored."""

from datetime import datetime
from enum import StrEnum

import msgspec


class KeyScope(StrEnum):
    """How far a key reaches, within the rights of its rep."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    """Also what admins alone may do, if the key belongs to an admin or to no rep."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key. `hash` is the SHA-256 of the key, which was shown once; `hint` is its end."""

    id: str
    workspace: str
    rep: str | None
    """The rep whose rights it has; empty: the workspace's, which sees all leads."""
    scope: KeyScope = KeyScope.ADMIN
    name: str
    hash: str
    hint: str
    created_at: datetime
    made_by: str = ""
    """The name of who created it; empty: unknown, or the operator on the machine."""
    expires_at: datetime | None = None
    """It stops working then; empty: never."""
    used_at: datetime | None = None
