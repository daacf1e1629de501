"""What sign-ins for sending and for reading have in common: the app, its tokens, and their renewal."""

import contextlib
from datetime import datetime
from typing import Any

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.base.http.outbound import Outbound
from tracker.domain.mail.mail_sign_in import MailCredentials, MailSignIn
from tracker.mail import token_requests
from tracker.mail.token_requests import AccessToken

_LONGEST_ID = 200
_LONGEST_SECRET = 2000
"""Tokens have a few hundred."""


def checked_app(wanted: MailSignIn) -> MailSignIn:
    """The sign-in with its address, app and directory checked. Raises Invalid with the field."""
    found = {"client_id": wanted.client_id.strip(), "tenant": wanted.tenant.strip()}
    for field, text in found.items():
        needed = field == "client_id" or wanted.provider == "microsoft"
        if (needed and not text) or len(text) > _LONGEST_ID or not all(c.isascii() and (c.isalnum() or c in ".-_") for c in text):
            raise Invalid(field, "must be pasted as the provider shows it")
    return msgspec.structs.replace(wanted, address=checks.email("address", wanted.address), **found)


def with_google_secrets(wanted: MailSignIn, *, client_secret: str, refresh_token: str) -> MailSignIn:
    """The sign-in with its secrets. Raises Invalid with the field."""
    secrets = {"client_secret": client_secret.strip(), "refresh_token": refresh_token.strip()}
    for field, text in secrets.items():
        if not text or not text.isascii() or not text.isprintable() or len(text) > _LONGEST_SECRET:
            raise Invalid(field, "must be pasted as Google shows it")
    return msgspec.structs.replace(wanted, secret=MailCredentials(**secrets).encoded)


def with_token(known: MailSignIn, token: AccessToken) -> MailSignIn:
    """The complete sign-in."""
    changes: dict[str, Any] = {"user_code": "", "verification_url": "", "problem": ""}
    return msgspec.structs.replace(known, secret=token.credentials.encoded, expires_at=token.expires_at, **changes)


def renewed(deps: Deps, known: MailSignIn, now: datetime) -> AccessToken:
    """A new access token. Raises SignInEnded, DeliveryError."""
    with outbound(deps) as client:
        return token_requests.renew(client, deps.settings, known, now)


def outbound(deps: Deps) -> contextlib.closing[Outbound]:
    """The HTTP client for requests to a provider."""
    return contextlib.closing(Outbound(deps.settings.outbound_allow))
