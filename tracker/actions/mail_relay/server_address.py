"""The servers that an email client is told: the relay as clients reach it, and the reps' incoming mail server."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from tracker.base.settings import Settings

SSL, STARTTLS, PLAIN = "SSL/TLS", "STARTTLS", "no encryption"
_RELAY_PORTS = {"smtps": 465, "smtp": 587}
_IMAP_PORTS = {"imaps": 993, "imap": 143}


@dataclass(frozen=True, slots=True)
class ServerPort:
    """A port, and its encryption: SSL, STARTTLS or PLAIN."""

    number: int
    encryption: str


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server with its ports, the preferred one first."""

    host: str
    ports: tuple[ServerPort, ...]

    @property
    def best(self) -> ServerPort:
        """The preferred port."""
        return self.ports[0]


def is_public(settings: Settings) -> bool:
    """Whether clients on other machines can use the relay."""
    return settings.relay_cert_file is not None


def relay_address(settings: Settings) -> ServerAddress:
    """The relay; on this machine alone while it has no certificate."""
    if not is_public(settings):
        return ServerAddress("127.0.0.1", (ServerPort(settings.relay_port, PLAIN),))
    if settings.relay_url:
        return _address(urlsplit(settings.relay_url), _RELAY_PORTS)
    host = urlsplit(settings.public_url).hostname or "localhost"
    return ServerAddress(host, (ServerPort(settings.relay_tls_port, SSL), ServerPort(settings.relay_port, STARTTLS)))


def imap_address(settings: Settings) -> ServerAddress | None:
    """The incoming mail server, where it is known."""
    return _address(urlsplit(settings.imap_url), _IMAP_PORTS) if settings.imap_url else None


def _address(url: SplitResult, usual: dict[str, int]) -> ServerAddress:
    port = ServerPort(url.port or usual[url.scheme], SSL if url.scheme.endswith("s") else STARTTLS)
    return ServerAddress(url.hostname or "", (port,))
