"""The person who signs in, with one password and one rep in each of their workspaces."""

from datetime import datetime

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One person. Reps name their person; two reps belong to one person only where both sign-ins were proven.

    The person of a rep who was never linked has the rep's id.
    """

    id: str
    password_hash: str | None = None
    """argon2id; empty until the person has chosen a password."""
    signed_out_at: datetime | None = None
    """The last sign-out of all browsers; earlier proofs start no new session."""
