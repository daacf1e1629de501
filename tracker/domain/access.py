"""How people and programs prove who they are: sessions, one-time sign-in links, API keys. Only hashes are kept."""

from datetime import datetime

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `id` is the SHA-256 of the cookie's token."""

    id: str
    workspace: str
    rep: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    csrf: str
    """What forms of this session must send back."""
    agent: str = ""


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that signs a rep in once. `id` is the SHA-256 of its token."""

    id: str
    workspace: str
    rep: str
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
