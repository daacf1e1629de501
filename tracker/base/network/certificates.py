"""When the certificate of a TLS server runs out. For URLs from the operator's settings."""

import ssl
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

from tracker.base.errors import DeliveryError
from tracker.base.network.connection import Deadline, connect, tls_context
from tracker.base.network.resolver import Resolver

_SECONDS, _CONNECT_SECONDS = 8.0, 4.0
_HTTPS = 443


def valid_until(url: str) -> datetime | None:
    """When the certificate at an https URL runs out, also of one that is not trusted; None if it cannot be fetched."""
    parts, deadline = urlsplit(url), Deadline()
    host, port = parts.hostname or "", parts.port or _HTTPS
    deadline.start(_SECONDS)
    try:
        wire = connect(Resolver().resolve_trusted(host, port, _CONNECT_SECONDS), port, deadline, _CONNECT_SECONDS)
        try:
            wire.start_tls(_unverified(), host)
            found = wire.certificate
        finally:
            wire.close()
        return x509.load_der_x509_certificate(found).not_valid_after_utc if found else None
    except (OSError, ValueError, DeliveryError):
        return None


def _unverified() -> ssl.SSLContext:
    """An expired certificate is read, too."""
    return tls_context(verify=False)
