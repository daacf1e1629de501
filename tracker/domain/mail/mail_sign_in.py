"""The sign-in with a mail provider by OAuth 2.0 instead of a password: Microsoft 365 or Google. Of a workspace, or of a rep's mailbox."""

from datetime import datetime
from typing import Literal

import msgspec

Provider = Literal["microsoft", "google"]
Use = Literal["send", "read"]
"""What a sign-in is for: SMTP, and IMAP."""


class MailSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """The app that the company registered, and what it may do. `secret` is encrypted in the database."""

    provider: Provider
    address: str
    """The mailbox that signs in."""
    client_id: str
    tenant: str = ""
    """Microsoft's directory id or domain."""
    host: str = ""
    """The mail server, such as `smtp.office365.com`."""
    port: int = 587
    uses: tuple[Use, ...] = ("send",)
    """What Microsoft was asked for."""
    secret: str = ""
    """`MailCredentials` as JSON."""
    user_code: str = ""
    """The code that the admin enters at the provider; empty once the sign-in is complete."""
    verification_url: str = ""
    expires_at: datetime | None = None
    """When the access token expires."""
    problem: str = ""
    """Why the provider accepts the sign-in no longer: an admin has to sign in again."""

    def __repr__(self) -> str:
        return f"MailSignIn({self.provider}, {self.address!r}, problem={self.problem!r})"

    @property
    def can_read(self) -> bool:
        """Whether it also signs in by IMAP. Google has one permission for both."""
        return self.provider == "google" or "read" in self.uses

    @property
    def credentials(self) -> "MailCredentials":
        """The secrets; empty where they are lost."""
        return msgspec.json.decode(self.secret, type=MailCredentials) if self.secret else MailCredentials()


class MailCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """Secrets of a sign-in."""

    access_token: str = ""
    refresh_token: str = ""
    """Google's."""
    client_secret: str = ""
    """Google's."""
    cache: str = ""
    """The token cache of msal, with Microsoft's refresh token."""
    flow: str = ""
    """The device code flow that is under way, as JSON."""

    @property
    def encoded(self) -> str:
        """The JSON for `MailSignIn.secret`."""
        return msgspec.json.encode(self).decode()

    def __repr__(self) -> str:
        return "MailCredentials(***)"
