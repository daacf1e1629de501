"""Outgoing HTTP: one request to an address that a person typed or a setting names. Called by the notifier's channels and the console.

A name is resolved once, every address is checked (tracker.base.network.resolver), and the connection goes to a checked address itself while Host
and TLS keep the name. No redirects, no proxies, bounded in time and bytes. Errors are in our own words: what a server answered that is
no HTTP, such as another service's banner, is not repeated.
"""

import json as json_text
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

import httpcore

from tracker.base.errors import DeliveryError
from tracker.base.http.pinned import PinnedBackend, Resolve
from tracker.base.network.connection import Deadline, tls_context
from tracker.base.network.host_names import ascii_host
from tracker.base.network.resolver import Resolver
from tracker.base.settings import AllowedTarget

TOTAL_SECONDS = 15.0
"""From the first look-up to the last byte of the answer, however slowly it drips."""
LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer's body that we read; the rest is left unread and the connection closed."""
LONGEST_URL = 2000
_CONNECT_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 20.0
_SAFE = "%/:=&?~+!$,;'@()*[]#"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered; header names in lower case, the body cut at LONGEST_ANSWER bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """Keeps connections open between POSTs. Safe to share between threads."""

    def __init__(
        self,
        allowed: Iterable[AllowedTarget] = (),
        *,
        total: float = TOTAL_SECONDS,
        longest: int = LONGEST_ANSWER,
        resolver: Resolver | None = None,
    ) -> None:
        self._total = total
        self._longest = longest
        self._deadline = Deadline()
        resolver, context = resolver or Resolver(allowed), tls_context()
        self._checked = self._pool(context, resolver.checked)
        self._trusted = self._pool(context, resolver.trusted)

    def _pool(self, context: ssl.SSLContext, resolve: Resolve) -> httpcore.ConnectionPool:
        backend = PinnedBackend(resolve, self._deadline)
        return httpcore.ConnectionPool(context, max_connections=64, keepalive_expiry=_KEEP_ALIVE_SECONDS, network_backend=backend)

    def post(
        self,
        url: str,
        *,
        json: object | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        trusted: bool = False,
    ) -> Reply:
        """One POST, tried once. `trusted`: the operator's own setting named this URL, so any address will do.

        Raises DeliveryError: permanent for a URL or an address that we do not speak to, else worth another try.
        """
        target, host = _parsed(url)
        content = json_text.dumps(json).encode() if json is not None else body
        sent = {"host": _in_header(target), "user-agent": "Leadlight", "accept-encoding": "identity"}
        if json is not None:
            sent["content-type"] = "application/json"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        return self._request(host, target, content, sent, trusted=trusted)

    def look(self, url: str, *, headers: Mapping[str, str] | None = None, trusted: bool = False) -> Reply:
        """One GET for the status and headers of the response; the body stays unread. Raises DeliveryError as `post` does."""
        target, host = _parsed(url)
        sent = {"host": _in_header(target), "user-agent": "Leadlight", "accept": "text/html", "accept-encoding": "identity"}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        return self._request(host, target, b"", sent, method="GET", trusted=trusted)

    def _request(
        self, host: str, url: httpcore.URL, content: bytes, headers: dict[str, str], *, trusted: bool, method: str = "POST"
    ) -> Reply:
        self._deadline.start(self._total)
        longest = self._longest if method == "POST" else 0
        try:
            return self._exchange(self._trusted if trusted else self._checked, method, url, content, headers, longest)
        except httpcore.TimeoutException:
            raise DeliveryError(f"{host} did not answer within {self._total:g} seconds", permanent=False) from None
        except httpcore.NetworkError as error:
            raise DeliveryError(f"{host} could not be reached ({error})", permanent=False) from None
        except httpcore.RemoteProtocolError:
            raise DeliveryError(
                f"{host} could not be reached (it closed the connection, or its answer is not HTTP)", permanent=False
            ) from None
        except httpcore.ProtocolError:
            raise DeliveryError(f"the request to {host} cannot be written as HTTP; check its headers", permanent=False) from None

    def _exchange(
        self, pool: httpcore.ConnectionPool, method: str, url: httpcore.URL, content: bytes, headers: dict[str, str], longest: int
    ) -> Reply:
        timeouts = {"connect": _CONNECT_SECONDS, "read": self._total, "write": self._total, "pool": self._total}
        with pool.stream(method, url, headers=list(headers.items()), content=content, extensions={"timeout": timeouts}) as response:
            found = bytearray()
            for chunk in response.iter_stream() if longest else ():
                found += chunk
                if len(found) >= longest:
                    break
        answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Reply(response.status, answered, bytes(found[:longest]))

    def close(self) -> None:
        """Closes idle connections."""
        self._checked.close()
        self._trusted.close()


def _parsed(url: str) -> tuple[httpcore.URL, str]:
    """The URL to send to and its host; error texts name only that, since the rest may be a secret. Raises DeliveryError, permanent."""
    if len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise DeliveryError("that is not a web address; it is too long or has blanks in it", permanent=True)
    try:
        parts = urlsplit(url)
        port, host = parts.port, _host_of(parts)
    except ValueError as error:
        raise DeliveryError("that is not a web address", permanent=True) from error
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise DeliveryError("that is not a web address; it must start with https://", permanent=True)
    if "@" in parts.netloc:
        raise DeliveryError("a web address with a name or password in it is not supported", permanent=True)
    target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=host, port=port or _DEFAULT_PORTS[parts.scheme], target=target), host


def _host_of(parts: SplitResult) -> str:
    """The host in ASCII, IPv6 without brackets. Raises UnicodeError for what can be no name."""
    host = parts.hostname or ""
    if "%" in host or "\\" in parts.netloc:
        raise ValueError("not a host")
    return ascii_host(host) if host else ""


def _in_header(url: httpcore.URL) -> str:
    """The URL's host as the Host header says it."""
    host = url.host.decode("ascii")
    name = f"[{host}]" if ":" in host else host
    return name if url.port == _DEFAULT_PORTS[url.scheme.decode("ascii")] else f"{name}:{url.port}"
