"""The API key: the credential of a program for a workspace. Only a hash is stored."""

from datetime import datetime

import msgspec


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key. `hash` is the SHA-256 of the key, which was shown once; `hint` is its end."""

    id: str
    workspace: str
    rep: str | None
    """The rep whose rights it has; empty: admin rights."""
    name: str
    hash: str
    hint: str
    created_at: datetime
    used_at: datetime | None = None
