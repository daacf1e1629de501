"""The test of an email client: what the relay saw of a rep's client since the rep began it."""

from datetime import datetime

import msgspec


class ClientTest(msgspec.Struct, frozen=True, kw_only=True):
    """The one test of a rep. It waits for a mail whose subject has the code; `mail` is set once the relay kept that mail."""

    id: str
    """The rep."""
    workspace: str
    client: str
    """The set-up page on which it began."""
    code: str
    addresses: tuple[str, ...]
    """Keys of the rep's own addresses: a client that has a wrong password is known by its user name alone."""
    started_at: datetime
    signed_in_at: datetime | None = None
    password: str = ""
    """The name of the app password with which a client last signed in."""
    refused: str = ""
    """The relay's last refusal, as a sentence; empty while there was none, and once a client got further."""
    other_at: datetime | None = None
    """When another mail of the rep was kept, whose subject lacks the code."""
    mail: str = ""
    """The accepted mail."""
    kept_at: datetime | None = None
    is_lost: bool = False
    """Whether the bytes of the mail were lost before it was routed."""
    recipients: tuple[str, ...] = ()
