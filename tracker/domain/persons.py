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
    signed_out_at: datetime | None = None
    """When all browsers were signed out last: what was proven before that moment starts no session any more."""


class ConfirmedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail address that its person was proven to read: they opened a link that was mailed there."""

    email: str
    """As it was spelled when the link was mailed: mail goes to this spelling alone."""
    person: str
    proven_to: str = ""
    """The workspace whose admins could have read the link, for whom alone it counts; empty: proven to the operator, so to everybody."""
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
