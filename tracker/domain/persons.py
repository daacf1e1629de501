"""The person: who signs in. A person has one rep in each workspace they are proven to work in, one password, and confirmed addresses."""

from datetime import datetime

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One person. Reps name their person; two reps belong to one person only where both sign-ins were proven.

    The person of a rep who was never linked has the rep's id.
    """

    id: str
    password_hash: str | None = None
    """argon2id; empty until the person has chosen a password."""
    confirmed: tuple[str, ...] = ()
    """Folded e-mail addresses that this person has proven to read. No other person has them."""


class ConfirmedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail address that belongs to one person: they opened a link that was mailed there."""

    id: str
    """The folded address."""
    person: str
    proven_to: str = ""
    """The workspace whose mail server carried the link, since its admins could have read it; empty: the operator's server."""
    at: datetime


class AddressConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A mailed link that confirms an address. `id` is the SHA-256 of its token."""

    id: str
    person: str
    workspace: str
    rep: str
    email: str
    proven_to: str = ""
    created_at: datetime
    expires_at: datetime
