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
    PUSH = "push"
    """Web push: the browsers of a rep, also while no tab is open."""
    CONSOLE = "console"


HIDDEN_CONFIG = frozenset({"bot_token", "webhook_url", "secret"})
"""Config values that are never shown again."""
SECRET_CONFIG = HIDDEN_CONFIG | {"url", "devices"}
"""Config values that are encrypted and never logged; also a webhook's URL, which often contains a token."""
_LEGIBLE, _END = 12, 4
MUST_RETYPE = "its secret must be entered again"
"""Why a channel is disabled whose secret cannot be decrypted: its key is lost or was not restored."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of a rep, or of the team (`rep` empty), which gets alerts of leads without an owner."""

    id: str
    """`id_of(workspace, rep or "team", name)`: one of each kind per rep."""
    workspace: str
    rep: str | None
    name: ChannelName
    config: dict[str, str]
    """slack: webhook_url, or bot_token and channel; email: address; webhook: url and secret; push: devices."""
    disabled_reason: str | None = None
    """Why it is disabled: a permanent error with its remedy."""
    checked_at: datetime | None = None
    """When a delivery or a test last worked."""
    failing_since: datetime | None = None
    """When the first try failed after the last that worked; empty while it works."""
    failing_reason: str | None = None
    held_until: datetime | None = None
    """No delivery before this time: the receiver asked for a delay, does not respond, or reached the rate limit."""
    version: int = 0

    def __repr__(self) -> str:
        """Omits the config, which contains secrets, so that logs do not contain them."""
        return f"Channel(id={self.id!r}, workspace={self.workspace!r}, rep={self.rep!r}, name={self.name.value!r})"


def masked(secret: str) -> str:
    """A masked secret: the host of a URL and the last four characters, if it is long enough."""
    parts = urlsplit(secret) if secret.startswith(("https://", "http://")) else None
    before = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/" if parts else ""
    rest = secret[len(before) :] if before and secret.startswith(before) else secret if not before else ""
    return f"{before}…{rest[-_END:] if len(rest) >= _LEGIBLE else ''}"
