"""Connections to checked addresses over TCP or TLS with one deadline for all operations.

Used for HTTP by `tracker.base.http.pinned` and for SMTP by `tracker.mail.session`. TLS uses memory buffers, so the deadline applies to
each read of the socket: with gevent, the timeout of a TLS socket restarts with every byte.
"""

import errno
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import certifi

from tracker.base.network.allowed_addresses import Address

P = ParamSpec("P")
T = TypeVar("T")

_CHUNK = 16 * 1024
_CERTIFICATES = {
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate is signed by an unknown authority",
    20: "its certificate is signed by an unknown authority",
    21: "its certificate is signed by an unknown authority",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""Texts for OpenSSL's error codes (X509_V_ERR_…)."""
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class Deadline(threading.local):
    """The deadline of this thread's current exchange. An exchange runs in one thread or greenlet."""

    ends = 0.0

    def start(self, seconds: float) -> None:
        """Starts an exchange with a time limit in seconds."""
        self.ends = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        """Limits the remaining time to `seconds`."""
        self.ends = min(self.ends, time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.ends

    def left(self, limit: float | None = None) -> float:
        """The remaining seconds, at most `limit`. Raises TimeoutError after the deadline."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left if limit is None else min(left, limit)


class CheckedConnection:
    """A connection to a checked address. All methods raise OSError, including TimeoutError and ssl.SSLError."""

    def __init__(self, connection: socket.socket, address: Address, deadline: Deadline) -> None:
        self.socket = connection
        self.address = address
        """The peer's checked address."""
        self._deadline = deadline
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    def read(self, size: int) -> bytes:
        """Reads at most `size` bytes; empty at the end of the stream."""
        if self._tls is None:
            return self._receive(size)
        try:
            return self._run_tls(self._tls.read, size)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def write(self, data: bytes) -> None:
        """Sends all data."""
        if self._tls is None:
            self._send(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _CHUNK):
            self._run_tls(self._tls.write, view[start : start + _CHUNK])

    def start_tls(self, context: ssl.SSLContext, name: str | None) -> None:
        """Starts TLS; the context verifies the certificate for `name`. No unread data may remain."""
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._run_tls(self._tls.do_handshake)

    @property
    def tls_version(self) -> str:
        """The version of TLS, such as `TLSv1.3`; empty without TLS."""
        return (self._tls.version() or "") if self._tls else ""

    @property
    def certificate(self) -> bytes:
        """The peer's certificate (DER), also of one that was not verified; empty without TLS."""
        return (self._tls.getpeercert(binary_form=True) or b"") if self._tls else b""

    def has_input(self) -> bool:
        """Whether data or the end of the stream can be read; an idle HTTP connection is then unusable."""
        try:
            self.socket.settimeout(0)
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Closes the connection."""
        self.socket.close()

    def _run_tls(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                result = action(*args, **kwargs)
            except ssl.SSLWantReadError:
                self._flush()
                received = self._receive(_CHUNK)
                if received:
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._send(self._outgoing.read())

    def _receive(self, size: int) -> bytes:
        self.socket.settimeout(self._deadline.left())
        return self.socket.recv(size)

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self.socket.settimeout(self._deadline.left())
            view = view[self.socket.send(view) :]


def connect(addresses: Sequence[Address], port: int, deadline: Deadline, limit: float) -> CheckedConnection:
    """Connects to the first reachable address, each within `limit` seconds. Raises OSError."""
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            connection = socket.create_connection((str(address), port), deadline.left(limit))
        except OSError as error:
            failure = error
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return CheckedConnection(connection, address, deadline)
    raise failure


def tls_context(*, verify: bool = True) -> ssl.SSLContext:
    """A client context that trusts the system's authorities and certifi's; SSL_CERT_FILE or SSL_CERT_DIR replace the latter."""
    context = ssl.create_default_context()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def reason(error: BaseException) -> str:
    """Why a connection failed, without text from the peer."""
    if isinstance(error, TimeoutError):
        return "no response in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(error.verify_code, "its certificate cannot be verified")
    if isinstance(error, ssl.SSLError):
        return "the TLS handshake failed"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "the connection was closed"
    return "no route to it" if isinstance(error, OSError) and error.errno in _NO_ROUTE else "the connection failed"
