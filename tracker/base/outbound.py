"""HTTP out: one request to an address that somebody typed in. Called by the notifier's channels and the console's replay.

A name is resolved once, every address is checked, and the connection goes to a checked address itself while Host and TLS keep
the name: an answer that changes between check and use changes nothing. No redirects, no proxies, bounded in time and bytes.
"""

import json as json_text
import os
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as ResolveTimeout
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import certifi
import httpcore

from tracker.base.addresses import Address, may_reach
from tracker.base.errors import DeliveryError
from tracker.base.pinned import Deadline, PinnedBackend
from tracker.base.settings import AllowedTarget

TOTAL_SECONDS = 15.0
"""From the first look-up to the last byte of the answer, however slowly it drips."""
LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer's body that we read; the rest is left unread and the connection closed."""
LONGEST_URL = 2000
_RESOLVE_SECONDS = 5.0
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

    def __init__(self, allowed: Iterable[AllowedTarget] = (), *, total: float = TOTAL_SECONDS, longest: int = LONGEST_ANSWER) -> None:
        self._allowed = tuple(allowed)
        self._total = total
        self._longest = longest
        self._resolver = ThreadPoolExecutor(8, thread_name_prefix="resolve")
        self._deadline = Deadline()
        context = _tls()
        self._checked = self._pool(context, self._resolve_checked)
        self._trusted = self._pool(context, self._resolve)

    def _pool(self, context: Any, resolve: Any) -> httpcore.ConnectionPool:
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
        pool = self._trusted if trusted else self._checked
        self._deadline.start(self._total)
        try:
            return self._exchange(pool, target, content, sent)
        except httpcore.TimeoutException as error:
            raise DeliveryError(f"{host} did not answer within {self._total:g} seconds", permanent=False) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise DeliveryError(f"{host} could not be reached ({_reason(error)})", permanent=False) from error

    def look(self, url: str) -> Reply:
        """One GET for the answer's status and headers alone; its body stays unread. Raises DeliveryError as `post` does."""
        target, host = _parsed(url)
        sent = {"host": _in_header(target), "user-agent": "Leadlight", "accept": "text/html", "accept-encoding": "identity"}
        self._deadline.start(self._total)
        try:
            return self._exchange(self._checked, target, b"", sent, method="GET", longest=0)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise DeliveryError(f"{host} could not be reached ({_reason(error)})", permanent=False) from error

    def _exchange(
        self,
        pool: httpcore.ConnectionPool,
        url: httpcore.URL,
        content: bytes,
        headers: dict[str, str],
        *,
        method: str = "POST",
        longest: int | None = None,
    ) -> Reply:
        longest = self._longest if longest is None else longest
        timeouts = {"connect": _RESOLVE_SECONDS, "read": self._total, "write": self._total, "pool": self._total}
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
        self._resolver.shutdown(wait=False, cancel_futures=True)

    def _resolve_checked(self, host: str, port: int) -> list[Address]:
        reachable = [address for address in self._resolve(host, port) if may_reach(address, port, self._allowed)]
        if not reachable:
            raise DeliveryError(
                f"{host}:{port} is not an address of the public web. Use https on port 443, or let the operator allow it with OUTBOUND_ALLOW.",
                permanent=True,
            )
        return reachable

    def _resolve(self, host: str, port: int) -> list[Address]:
        asked = self._resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = asked.result(self._deadline.left(_RESOLVE_SECONDS))
        except (ResolveTimeout, OSError, UnicodeError) as error:
            raise DeliveryError(f"{host} has no address that we could find", permanent=False) from error
        return [ip_address(str(row[4][0]).partition("%")[0]) for row in found]


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
    return host if ":" in host else host.encode("idna").decode("ascii")


def _in_header(url: httpcore.URL) -> str:
    """The URL's host as the Host header says it."""
    host = url.host.decode("ascii")
    name = f"[{host}]" if ":" in host else host
    return name if url.port == _DEFAULT_PORTS[url.scheme.decode("ascii")] else f"{name}:{url.port}"


def _tls() -> ssl.SSLContext:
    """Trusts what the system trusts and the usual authorities; SSL_CERT_FILE or SSL_CERT_DIR replace the latter."""
    context = ssl.create_default_context()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        context.load_verify_locations(certifi.where())
    return context


def _reason(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
