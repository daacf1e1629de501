"""The mail server through which a workspace sends its mail."""

from typing import Literal

import msgspec

Security = Literal["tls", "starttls"]


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """An SMTP server for outgoing mail, with its credentials."""

    host: str
    """A name or an address, without brackets."""
    port: int
    security: Security = "starttls"
    """`tls` from the first byte; `starttls`: encrypted before the password and the mail are sent."""
    user: str = ""
    """Empty: no authentication."""
    password: str = ""

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security}, user={self.user!r}, password={'***' if self.password else ''!r})"


MAIL_MUST_RETYPE = "The password of the mail server must be entered again under Settings, Email, because its key is lost."
"""The error for mail of a workspace with `lost_secrets`."""
