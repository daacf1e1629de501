"""The app password: the credential of one email client of a rep, for the relay. Only a hash is stored."""

from datetime import datetime

import msgspec


class AppPassword(msgspec.Struct, frozen=True, kw_only=True):
    """A password for one client. `hash` is the SHA-256 of the password, which was shown once; `hint` is its end."""

    id: str
    workspace: str
    rep: str
    name: str
    """The client, as the rep calls it: `Thunderbird on my laptop`."""
    hash: str
    hint: str
    created_at: datetime
    used_at: datetime | None = None
