"""SMTP URLs: the mail server in the setting SMTP_URL. Used by tracker.mail.routes, and by the schema for data of earlier versions."""

from urllib.parse import unquote, urlsplit

from tracker.base.errors import Invalid
from tracker.base.network.host_names import ascii_host
from tracker.domain.workspace.mail_server import MailServer

_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}


def read_url(url: str, field: str = "SMTP_URL") -> MailServer:
    """What `smtp://user:password@host:587` (STARTTLS) or `smtps://…` (TLS from the first byte) means. Raises Invalid."""
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, ascii_host(parts.hostname or "")
    except ValueError:
        parts, port, host = urlsplit(""), None, ""
    if parts.scheme not in _DEFAULT_PORTS or not host or any(c.isspace() for c in url.strip()):
        raise Invalid(field, "must look like smtp://user:password@mail.example.com:587")
    return MailServer(
        host=host,
        port=port or _DEFAULT_PORTS[parts.scheme],
        security="tls" if parts.scheme == "smtps" else "starttls",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
