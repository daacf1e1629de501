"""The session of a signed-in browser. Only a hash of its token is stored."""

from datetime import datetime

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. `id` is the SHA-256 of the cookie's token."""

    id: str
    person: str
    workspace: str
    """The current workspace of the browser."""
    rep: str
    home: str = ""
    """The workspace to return to from the demo; empty elsewhere."""
    limited_to: str = ""
    """The only workspace proven by this browser's sign-in; empty: the person is proven."""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
    """The last use of a password or one-time link; credentials may be changed for a short time after it."""
    csrf: str
    """The CSRF token of this session."""
    agent: str = ""
    address: str = ""
    """The network address of its last use, for IPv6 the /64. Opens and clicks from there may be the rep's own."""
