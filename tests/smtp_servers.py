"""Scripted mail servers on loopback, and certificates for them."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Script = Callable[[socket.socket, threading.Event], None]

BANNER = b"220 redis-7.2 internal-build-host ready\r\n"
TEXT = "internal-build-host"
"""Part of every reply of these servers; must not appear elsewhere."""
GREETING = b"250-internal-build-host\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 9\r\n"


class Scripted:
    """Accepts connections and runs the script on each."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.heard = b""
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.over.is_set():
                connection.close()
                return
            self.connections += 1
            with connection, contextlib.suppress(OSError):
                connection.settimeout(20)
                self._script(connection, self.over)

    def stop(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._listener.close()
        self._thread.join(10)


@contextmanager
def scripted(script: Script) -> Iterator[Scripted]:
    """A running server."""
    server = Scripted(script)
    yield server
    server.stop()


def silent(_connection: socket.socket, over: threading.Event) -> None:
    """Accepts connections and sends nothing."""
    over.wait(20)


def drip_of(text: bytes) -> Script:
    """Sends the text endlessly, one byte every tenth of a second."""

    def run(connection: socket.socket, over: threading.Event) -> None:
        while True:
            for byte in text:
                if over.wait(0.1):
                    return
                connection.send(bytes([byte]))

    return run


def flood_of(first: bytes, chunk: bytes) -> Script:
    """Sends the first bytes, then the chunk endlessly."""

    def run(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(first)
        while not over.is_set():
            connection.sendall(chunk)

    return run


def dialogue(*replies: bytes, then: Script | None = None) -> Script:
    """Sends the banner, then one reply to each line or end of data."""

    def run(connection: socket.socket, over: threading.Event) -> None:
        lines = connection.makefile("rb")
        for reply in replies:
            connection.sendall(reply)
            if b"354" in reply[:3]:
                while lines.readline() not in (b".\r\n", b""):
                    pass
            elif not lines.readline():
                return
        if then:
            then(connection, over)

    return run


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, Path]:
    """A server context with a self-signed certificate for the names, and the CA file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "server.pem", folder / "server.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return context, file
