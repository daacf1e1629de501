"""Email addresses that a person has confirmed, and the mailed links that confirm one."""

from datetime import datetime

import msgspec


class ConfirmedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An email address that its person was proven to read: they opened a link that was mailed there."""

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
