"""Outbound HTTP client for URLs from users and settings. Used by the notifier's channels and the console.

A host name is resolved once, its addresses are checked (`tracker.base.network.resolver`), and the connection goes to a checked address
with the name in Host and TLS. Redirects and proxies are not followed; time and size are limited. Errors never quote the
server's response, which may be another service's banner.
"""

import json as json_text
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

import httpcore

from tracker.base.errors import DeliveryError
from tracker.base.http.pinned import PinnedBackend, Resolve
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.base.network.connection import Deadline, tls_context
from tracker.base.network.host_names import ascii_host
from tracker.base.network.resolver import Resolver

TOTAL_SECONDS = 15.0
"""Time limit of a request, from name resolution to the last byte of the response."""
MAX_RESPONSE = 64 * 1024
"""Maximum number of bytes read from a response body; then the connection is closed."""
MAX_PAGE = 512 * 1024
"""As MAX_RESPONSE, of a web page."""
MAX_URL_LENGTH = 2000
_CONNECT_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 20.0
_SAFE = "%/:=&?~+!$,;'@()*[]#"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """A response; header names in lower case, the body truncated to MAX_RESPONSE bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """HTTP client with a pool of persistent connections. Safe to share between threads."""

    def __init__(
        self,
        allowed: Iterable[AllowedTarget] = (),
        *,
        total: float = TOTAL_SECONDS,
        max_response: int = MAX_RESPONSE,
        resolver: Resolver | None = None,
    ) -> None:
        self._total = total
        self._max_response = max_response
        self._deadline = Deadline()
        resolver, context = resolver or Resolver(allowed), tls_context()
        self._checked_pool = self._pool(context, resolver.resolve_checked)
        self._trusted_pool = self._pool(context, resolver.resolve_trusted)

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
    ) -> OutboundResponse:
        """Sends one POST without retries. `trusted` allows any address, for URLs from the operator's settings.

        Raises DeliveryError: permanent for an invalid URL, otherwise a retry can help.
        """
        target, host = _parsed(url)
        content = json_text.dumps(json).encode() if json is not None else body
        request_headers = {"host": _host_header(target), "user-agent": "Leadlight", "accept-encoding": "identity"}
        if json is not None:
            request_headers["content-type"] = "application/json"
        request_headers |= {name.lower(): value for name, value in (headers or {}).items()}
        return self._request(host, target, content, request_headers, trusted=trusted)

    def probe(
        self, url: str, *, headers: Mapping[str, str] | None = None, trusted: bool = False, method: Literal["GET", "HEAD"] = "GET"
    ) -> OutboundResponse:
        """Sends one GET or HEAD and reads only status and headers. Raises DeliveryError like `post`."""
        target, host = _parsed(url)
        request_headers = {"host": _host_header(target), "user-agent": "Leadlight", "accept": "text/html", "accept-encoding": "identity"}
        request_headers |= {name.lower(): value for name, value in (headers or {}).items()}
        return self._request(host, target, b"", request_headers, method=method, trusted=trusted)

    def page(self, url: str) -> OutboundResponse:
        """Sends one GET for a web page and reads at most its first MAX_PAGE bytes. Raises DeliveryError like `post`."""
        target, host = _parsed(url)
        headers = {"host": _host_header(target), "user-agent": "Leadlight", "accept": "text/html,*/*;q=0.5", "accept-encoding": "identity"}
        return self._request(host, target, b"", headers, method="GET", trusted=False, most=MAX_PAGE)

    def _request(
        self, host: str, url: httpcore.URL, content: bytes, headers: dict[str, str], *, trusted: bool, method: str = "POST", most: int = 0
    ) -> OutboundResponse:
        self._deadline.start(self._total)
        limit = self._max_response if method == "POST" else most
        try:
            return self._exchange(self._trusted_pool if trusted else self._checked_pool, method, url, content, headers, limit)
        except httpcore.TimeoutException:
            raise DeliveryError(f"{host} did not answer within {self._total:g} seconds", permanent=False) from None
        except httpcore.NetworkError as error:
            raise DeliveryError(f"{host} could not be reached ({error})", permanent=False) from None
        except httpcore.RemoteProtocolError:
            raise DeliveryError(
                f"{host} could not be reached (it closed the connection, or its response is not HTTP)", permanent=False
            ) from None
        except httpcore.ProtocolError:
            raise DeliveryError(f"the request to {host} cannot be written as HTTP; check its headers", permanent=False) from None

    def _exchange(
        self, pool: httpcore.ConnectionPool, method: str, url: httpcore.URL, content: bytes, headers: dict[str, str], max_response: int
    ) -> OutboundResponse:
        timeouts = {"connect": _CONNECT_SECONDS, "read": self._total, "write": self._total, "pool": self._total}
        with pool.stream(method, url, headers=list(headers.items()), content=content, extensions={"timeout": timeouts}) as response:
            found = bytearray()
            for chunk in response.iter_stream() if max_response else ():
                found += chunk
                if len(found) >= max_response:
                    break
        response_headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return OutboundResponse(response.status, response_headers, bytes(found[:max_response]))

    def close(self) -> None:
        """Closes idle connections."""
        self._checked_pool.close()
        self._trusted_pool.close()


def _parsed(url: str) -> tuple[httpcore.URL, str]:
    """The URL and its host; errors name only the host, because the rest may be secret. Raises DeliveryError, permanent."""
    if len(url) > MAX_URL_LENGTH or any(c.isspace() or not c.isprintable() for c in url):
        raise DeliveryError("this is not a valid URL; it is too long or contains spaces", permanent=True)
    try:
        parts = urlsplit(url)
        port, host = parts.port, _host_of(parts)
    except ValueError as error:
        raise DeliveryError("this is not a valid URL", permanent=True) from error
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise DeliveryError("this is not a valid URL; it must start with https://", permanent=True)
    if "@" in parts.netloc:
        raise DeliveryError("a URL with a user name or password is not supported", permanent=True)
    target = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=host, port=port or _DEFAULT_PORTS[parts.scheme], target=target), host


def _host_of(parts: SplitResult) -> str:
    """The host in ASCII, IPv6 without brackets. Raises ValueError for an invalid name."""
    host = parts.hostname or ""
    if "%" in host or "\\" in parts.netloc:
        raise ValueError("not a host")
    return ascii_host(host) if host else ""


def _host_header(url: httpcore.URL) -> str:
    """The value of the Host header."""
    host = url.host.decode("ascii")
    name = f"[{host}]" if ":" in host else host
    return name if url.port == _DEFAULT_PORTS[url.scheme.decode("ascii")] else f"{name}:{url.port}"
