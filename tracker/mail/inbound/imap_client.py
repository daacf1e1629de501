"""imaplib over a checked connection: with time limits for each command and for the whole session, and IDLE. Used by `imap`."""

import imaplib
import socket
import ssl
import time
from typing import Protocol

from tracker.base.network.connection import CheckedConnection, Deadline, connect, tls_context
from tracker.base.network.resolver import Resolver

COMMAND_SECONDS = 60.0
CONNECT_SECONDS = 30.0
_ADDRESS_SECONDS = 10.0
"""For one address of several."""
_CHUNK = 16 * 1024
_LONGEST_LINE = 2**20
_MOST_BYTES = 16 * 2**20
"""Bytes that a server may send for one command."""
_IDLE_TAG = b"idle"


class ImapAccount(Protocol):
    """Where and as whom to sign in."""

    @property
    def host(self) -> str:
        """A name."""
        ...

    @property
    def port(self) -> int:
        """Its port."""
        ...

    @property
    def security(self) -> str:
        """`tls` from the first byte, or `starttls`."""
        ...

    @property
    def user(self) -> str:
        """The user name."""
        ...

    @property
    def password(self) -> str:
        """Empty where a token is used."""
        ...


class ImapClient(imaplib.IMAP4):
    """The protocol over an existing connection. Only documented methods of imaplib are replaced. Raises IMAP4.error, OSError."""

    def __init__(self, wire: CheckedConnection, account: ImapAccount, deadline: Deadline, seconds: float) -> None:
        self._wire, self._deadline = wire, deadline
        self._received = bytearray()
        self._allowed = _MOST_BYTES
        self._ends = time.monotonic() + seconds
        super().__init__(account.host, account.port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002 - imaplib's
        """The connection exists."""
        self.host, self.port = host, port

    def socket(self) -> socket.socket:
        """The TCP socket."""
        return self._wire.socket

    def read(self, size: int) -> bytes:
        """Exactly so many bytes; fewer at the end of the stream."""
        while len(self._received) < size and self._more():
            pass
        return self._taken(size)

    def readline(self) -> bytes:
        """The next line; what was received of it stays after a timeout."""
        start = 0
        while (found := self._received.find(b"\n", start)) < 0:
            start = len(self._received)
            if start > _LONGEST_LINE:
                raise self.error("a line is too long")
            if not self._more():
                return self._taken(start)
        return self._taken(found + 1)

    def send(self, data: bytes) -> None:  # type: ignore[override] # Buffer in the stubs
        """Sends a command, or a part of one; the time and the bytes that are allowed begin anew."""
        self._allowed = _MOST_BYTES
        self._deadline.start(min(COMMAND_SECONDS, self.seconds_left))
        self._wire.write(data)

    def shutdown(self) -> None:
        """Closes the connection."""
        self._wire.close()

    @property
    def seconds_left(self) -> float:
        """Until the session ends."""
        return max(self._ends - time.monotonic(), 0.0)

    def end_in(self, seconds: float) -> None:
        """Limits the session anew, from now."""
        self._ends = time.monotonic() + seconds

    def encrypt(self, context: ssl.SSLContext) -> None:
        """STARTTLS. What was received before it is discarded."""
        status, _ = self.xatom("STARTTLS")
        if status != "OK":
            raise self.error("STARTTLS was refused")
        self._received.clear()
        self._wire.start_tls(context, self.host.removesuffix("."))

    def can(self, name: str) -> bool:
        """Whether the server says so now; asks it."""
        _, found = self.capability()
        return any(name in line.decode("ascii", "replace").upper().split() for line in found if isinstance(line, bytes))

    def idle(self, seconds: float) -> bool:
        """Waits by IDLE (RFC 2177) until the server tells of a change; False: it told nothing in that time."""
        self.send(_IDLE_TAG + b" IDLE\r\n")
        while not (line := self.readline()).startswith(b"+"):
            if not line.startswith(b"*"):
                raise self.abort("IDLE was refused")
        is_changed = self._hears(min(seconds, self.seconds_left))
        self.send(b"DONE\r\n")
        while not (line := self.readline()).startswith(_IDLE_TAG):
            is_changed = is_changed or _tells(line)
            if not line or line.upper().startswith(b"* BYE"):
                raise self.abort("the server ended the session")
        return is_changed

    def _hears(self, seconds: float) -> bool:
        self._deadline.start(seconds)
        try:
            while line := self.readline():
                if _tells(line):
                    return True
                if line.upper().startswith(b"* BYE"):
                    break
        except TimeoutError:
            return False
        raise self.abort("the server ended the session")

    def _more(self) -> bool:
        found = self._wire.read(_CHUNK)
        self._allowed -= len(found)
        if self._allowed < 0:
            raise self.error("the server sent too much")
        self._received += found
        return bool(found)

    def _taken(self, size: int) -> bytes:
        found = bytes(self._received[:size])
        del self._received[:size]
        return found


def _tells(line: bytes) -> bool:
    """Whether an untagged response tells of new mail."""
    return line.startswith(b"*") and line.upper().rstrip().endswith((b" EXISTS", b" RECENT"))


def connected(
    account: ImapAccount, resolver: Resolver, deadline: Deadline, seconds: float, context: ssl.SSLContext | None = None
) -> ImapClient:
    """An encrypted session that is not signed in. Raises IMAP4.error, OSError, DeliveryError."""
    deadline.start(CONNECT_SECONDS)
    addresses = resolver.resolve_checked(account.host, account.port, deadline.left(_ADDRESS_SECONDS))
    wire = connect(addresses, account.port, deadline, _ADDRESS_SECONDS)
    is_ready = False
    try:
        trusted = context or tls_context()
        if account.security == "tls":
            wire.start_tls(trusted, account.host.removesuffix("."))
        client = ImapClient(wire, account, deadline, seconds)
        if account.security != "tls":
            client.encrypt(trusted)
        is_ready = True
        return client
    finally:
        if not is_ready:
            wire.close()
