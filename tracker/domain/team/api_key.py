"""The API key: how a program proves which workspace it may use. Only a hash is stored."""

from datetime import datetime

import msgspec


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
