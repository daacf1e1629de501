"""The channel: where a rep or the team receives alerts."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec


class ChannelName(StrEnum):
    """Where a notice can go. `CONSOLE` is the toast in the rep's browser."""

    SLACK = "slack"
    EMAIL = "email"
    WEBHOOK = "webhook"
    CONSOLE = "console"


HIDDEN_CONFIG = frozenset({"bot_token", "webhook_url", "secret"})
"""What of a channel's config is never shown again."""
SECRET_CONFIG = HIDDEN_CONFIG | {"url"}
"""What of it is encrypted at rest and stays out of logs: also a webhook's address, since many receivers carry a token in theirs."""
_LEGIBLE, _END = 12, 4
MUST_RETYPE = "its secret must be typed again"
"""Why a channel is stopped whose secret cannot be decrypted: the key was lost, or the database was restored without it."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of a rep, or of the team (`rep` empty), which hears of leads that nobody owns."""

    id: str
    """`id_of(workspace, rep or "team", name)`: one of each kind per rep."""
    workspace: str
    rep: str | None
    name: ChannelName
    config: dict[str, str]
    """slack: webhook_url, or bot_token and channel; email: address; webhook: url and secret."""
    disabled_reason: str | None = None
    """Why we stopped: a permanent error, in words the rep can act on."""
    checked_at: datetime | None = None
    """When a delivery or a test last worked."""
    held_until: datetime | None = None
    """Nothing is sent there before: the receiver asked us to wait, does not answer, or had enough for a moment."""
    version: int = 0

    def __repr__(self) -> str:
        """Without the config, which holds secrets: a value ends up in a log more easily than one thinks."""
        return f"Channel(id={self.id!r}, workspace={self.workspace!r}, rep={self.rep!r}, name={self.name.value!r})"


def masked(secret: str) -> str:
    """Enough of a secret to tell it from another: the host of an address and the last four characters, where it is long enough."""
    parts = urlsplit(secret) if secret.startswith(("https://", "http://")) else None
    before = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/" if parts else ""
    rest = secret[len(before) :] if before and secret.startswith(before) else secret if not before else ""
    return f"{before}…{rest[-_END:] if len(rest) >= _LEGIBLE else ''}"
