"""One SMTP session over a checked connection: smtplib's protocol with limits. Used by tracker.mail.smtp."""

import io
import smtplib
import ssl
from typing import Any, cast

from tracker.base.network.connection import CheckedConnection
from tracker.base.network.resolver import own_name

_MOST_BYTES = 64 * 1024
"""Maximum number of bytes from a server in one session; usual sessions need less than 2 kB."""
_READY = 220
_GO_AHEAD = 354


class TooMuchData(OSError):
    """The server sent too much data."""


class Session(smtplib.SMTP):
    """SMTP over an existing connection."""

    def __init__(self, wire: CheckedConnection, hello: str = "") -> None:
        super().__init__(local_hostname=hello or own_name())  # otherwise smtplib resolves the name without a timeout
        self._connection = wire
        self._may_send_text = False
        self.is_unconfirmed = False
        """Whether a whole message was sent and its answer has not arrived."""
        self.sock = cast("ssl.SSLSocket", _LimitedSocket(wire))

    def greet(self) -> None:
        """Waits for the server's greeting. Raises SMTPException."""
        code, answer = self.getreply()
        if code != _READY:
            raise smtplib.SMTPConnectError(code, answer)
        self.ehlo_or_helo_if_needed()

    def getreply(self) -> tuple[int, bytes]:
        """The next reply. Raises SMTPServerDisconnected also for a line that is too long."""
        try:
            code, answer = super().getreply()
        except smtplib.SMTPResponseException:
            raise smtplib.SMTPServerDisconnected("a line was too long") from None
        self._may_send_text, self.is_unconfirmed = code == _GO_AHEAD, False
        return code, answer

    def send(self, s: Any) -> None:
        """Sends bytes; notes when these were the text of a message."""
        super().send(s)
        self.is_unconfirmed = self._may_send_text

    def drop(self) -> None:
        """Closes the connection without QUIT."""
        self._connection.close()

    def secure(self, context: ssl.SSLContext, name: str) -> None:
        """STARTTLS; discards earlier capabilities and data received after the reply. Raises SMTPException, OSError."""
        code, answer = self.docmd("STARTTLS")
        if code != _READY:
            raise smtplib.SMTPResponseException(code, answer)
        self.file = None
        self._connection.start_tls(context, name)
        self.helo_resp, self.ehlo_resp, self.esmtp_features, self.does_esmtp = None, None, {}, False
        self.ehlo_or_helo_if_needed()


class _LimitedSocket:
    """The socket interface that smtplib needs; limits received bytes."""

    def __init__(self, wire: CheckedConnection) -> None:
        self._connection = wire
        self._said = 0

    def sendall(self, data: bytes) -> None:
        self._connection.write(data)

    def read(self, most: int) -> bytes:
        found = self._connection.read(most)
        self._said += len(found)
        if self._said > _MOST_BYTES:
            raise TooMuchData("too much")
        return found

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_SocketReader(self))

    def close(self) -> None:
        self._connection.close()


class _SocketReader(io.RawIOBase):
    """The server's bytes for a line reader."""

    def __init__(self, plug: _LimitedSocket) -> None:
        super().__init__()
        self._plug = plug

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        found = self._plug.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)
