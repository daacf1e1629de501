"""Receivers on loopback with scripted responses: an HTTP server (webhooks, Slack) and a mail server."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

Script = Callable[["_Handler"], None]


@dataclass
class Call:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def answer(status: int, body: bytes = b"ok", **headers: str) -> Script:
    """An ordinary response; header names with _ for -."""

    def run(handler: "_Handler") -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return run


def drip(handler: "_Handler") -> None:
    """A body of one byte every tenth of a second, endlessly."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.1)


def drip_headers(handler: "_Handler") -> None:
    """Header lines, one every tenth of a second, endlessly."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X-A: b\r\n")
            time.sleep(0.1)


def flood(handler: "_Handler") -> None:
    """A body that never ends."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65536)
            handler.server.flooded += 65536


def banner(handler: "_Handler") -> None:
    """The response of another protocol's service to an HTTP request."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6 internal-build-host\r\n")
    handler.close_connection = True


def hang(handler: "_Handler") -> None:
    """No response until the test ends."""
    handler.server.over.wait(30)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.calls.append(Call(self.path, headers, body, time.time()))
            script = self.server.script.pop(0) if self.server.script else self.server.otherwise
        script(self)

    do_GET = do_POST  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


class Receiver(ThreadingHTTPServer):
    """Responds by `script`, one entry a request, then by `otherwise`."""

    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Handler)
        self.calls: list[Call] = []
        self.script: list[Script] = []
        self.otherwise: Script = answer(200)
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.flooded = 0
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_port}"

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    def handle_error(self, *_: object) -> None:
        """Ignores clients that close the connection, as some tests intend."""


@contextmanager
def receiver(address: str = "127.0.0.1") -> Iterator[Receiver]:
    """A running receiver."""
    with Receiver(address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@dataclass
class Mails:
    """A mail server that stores the mails it accepts; scripted replies replace 250 at RCPT or after DATA."""

    mails: list[Any] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.data:
            return self.data.pop(0)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail.recipients = envelope.rcpt_tos
        self.mails.append(mail)
        return "250 ok"


@contextmanager
def mail_server() -> Iterator[Mails]:
    """A running mail server."""
    mails = Mails()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        mails.port = probe.getsockname()[1]
    controller = Controller(mails, hostname="127.0.0.1", port=mails.port)
    controller.start()
    yield mails
    controller.stop()
