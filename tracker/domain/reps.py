"""The rep: what a person is in one workspace; and the channels through which they hear of leads."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a rep may do: admins also change settings, reps, sites, rules and keys."""

    ADMIN = "admin"
    REP = "rep"


class Rep(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is in one workspace: they own leads there and hear of them. How they sign in is the person's (`domain.persons`)."""

    id: str
    workspace: str
    person: str = ""
    """The person's id; empty in a value that is not kept yet: the rep's own id."""
    email: str
    pending_email: str | None = None
    """The address that takes the place of `email` once its mailed link was opened."""
    name: str
    role: Role = Role.REP
    timezone: str = "UTC"
    is_active: bool = True
    created_at: datetime
    invited_at: datetime | None = None
    last_seen_at: datetime | None = None
    version: int = 0

    @property
    def person_id(self) -> str:
        """The person, also where none was named yet."""
        return self.person or self.id

    @property
    def is_unnamed(self) -> bool:
        """Whether this is a first admin who has not given a name and address yet."""
        return self.email.endswith("@localhost")


class ChannelName(StrEnum):
    """Where a notice can go. `CONSOLE` is the toast in the rep's browser."""

    SLACK = "slack"
    EMAIL = "email"
    WEBHOOK = "webhook"
    CONSOLE = "console"


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
