"""The session of a signed-in browser. Only a hash of its token is stored."""

from datetime import datetime

import msgspec


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
