"""Connections to checked addresses: TCP, plain or TLS, whose every wait ends with one deadline.

Used for HTTP by tracker.base.http.pinned and for SMTP by tracker.mail.session. TLS runs over memory buffers, so that the deadline is looked at
before each read of the socket: with gevent, a TLS socket's own timeout begins anew with each byte.
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
    18: "its certificate is signed by itself",
    19: "its certificate is signed by an unknown authority",
    20: "its certificate is signed by an unknown authority",
    21: "its certificate is signed by an unknown authority",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""OpenSSL's numbers (X509_V_ERR_…) in words."""
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class Deadline(threading.local):
    """When this thread's present exchange must be over. One exchange runs in one thread (or greenlet) from start to end."""

    ends = 0.0

    def start(self, seconds: float) -> None:
        """A new exchange begins now and has that many seconds."""
        self.ends = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        """What follows has at most that many seconds."""
        self.ends = min(self.ends, time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self.ends

    def left(self, limit: float | None = None) -> float:
        """Seconds left, at most `limit`. Raises TimeoutError when there are none."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time was up")
        return left if limit is None else min(left, limit)


class Wire:
    """One connection. All calls raise OSError (TimeoutError and ssl.SSLError among them)."""

    def __init__(self, connection: socket.socket, address: Address, deadline: Deadline) -> None:
        self.socket = connection
        self.address = address
        """The checked address that it is connected to."""
        self._deadline = deadline
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()

    def read(self, most: int) -> bytes:
        """The next bytes, at most so many; empty at the end."""
        if self._tls is None:
            return self._receive(most)
        try:
            return self._encrypted(self._tls.read, most)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def write(self, data: bytes) -> None:
        """Sends all of it."""
        if self._tls is None:
            self._send(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _CHUNK):
            self._encrypted(self._tls.write, view[start : start + _CHUNK])

    def start_tls(self, context: ssl.SSLContext, name: str | None) -> None:
        """Encrypts from now on; the certificate must be the name's, as the context says. Nothing read before may be left over."""
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._encrypted(self._tls.do_handshake)

    def has_input(self) -> bool:
        """Whether bytes, or the end, wait to be read: an idle HTTP connection where they do is of no more use."""
        try:
            self.socket.settimeout(0)
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def _encrypted(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
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

    def _receive(self, most: int) -> bytes:
        self.socket.settimeout(self._deadline.left())
        return self.socket.recv(most)

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self.socket.settimeout(self._deadline.left())
            view = view[self.socket.send(view) :]


def connect(addresses: Sequence[Address], port: int, deadline: Deadline, limit: float) -> Wire:
    """Connects to the first of the addresses that answers, each within `limit` seconds. Raises OSError."""
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            connection = socket.create_connection((str(address), port), deadline.left(limit))
        except OSError as error:
            failure = error
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Wire(connection, address, deadline)
    raise failure


def tls_context(*, verify: bool = True) -> ssl.SSLContext:
    """Trusts what the system trusts and the usual authorities; SSL_CERT_FILE or SSL_CERT_DIR replace the latter."""
    context = ssl.create_default_context()
    if not (os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")):
        context.load_verify_locations(certifi.where())
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def reason(error: BaseException) -> str:
    """Why a connection failed, in our own words: nothing that the other side sent is in them."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(error.verify_code, "its certificate cannot be verified")
    if isinstance(error, ssl.SSLError):
        return "no TLS connection could be agreed on"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionError):
        return "the connection was closed"
    return "no route to it" if isinstance(error, OSError) and error.errno in _NO_ROUTE else "the connection failed"
