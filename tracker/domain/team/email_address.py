"""Email addresses that a person has confirmed, and the mailed links that confirm one."""

from datetime import datetime

import msgspec


class ConfirmedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An email address confirmed by opening a link that was mailed to it."""

    email: str
    """The spelling to which the link was mailed; mail is sent to this spelling only."""
    person: str
    proven_to: str = ""
    """The workspace whose mail server sent the link, where alone the confirmation counts; empty: the operator's, valid everywhere."""
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
