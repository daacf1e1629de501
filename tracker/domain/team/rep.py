"""The rep: what a person is in one workspace, and their role there."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a rep may do: admins also change settings, reps, sites, rules and keys."""

    ADMIN = "admin"
    REP = "rep"


class Rep(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is in one workspace: they own leads there and hear of them. How they sign in is the person's (`domain.team.email_address`)."""

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
