"""`/healthz`, `/readyz` and `/metrics` of one process on PROBE_PORT, for containers that run one process each. Every process starts it.

`leadlight up` runs many processes on one machine; there `schedule` serves the metrics of all of them, and PROBE_PORT is 0.
"""

import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tracker.base import metrics
from tracker.base.settings import Settings

log = logging.getLogger(__name__)

_TEXT = "text/plain; charset=utf-8"
_CLIENT_SECONDS = 5.0


class ProbeServer(ThreadingHTTPServer):
    """Serves from threads of its own. The workers of a gunicorn share the port, and each of them answers for all."""

    allow_reuse_port = True
    daemon_threads = True

    def __init__(self, host: str, port: int, is_ready: Callable[[], bool]) -> None:
        """Listens. Raises OSError."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.is_ready = is_ready
        super().__init__((host, port), _ProbeHandler)

    def server_bind(self) -> None:
        """Without the look-up of the address in the DNS by `HTTPServer`, which may take long; the name is used for CGI only."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, content type and body for a path."""
        if path == "/healthz":
            return HTTPStatus.OK, _TEXT, b"ok\n"
        if path == "/readyz":
            return (HTTPStatus.OK, _TEXT, b"ok\n") if self.is_ready() else (HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, b"MongoDB is away\n")
        if path == "/metrics":
            return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(metrics.registry())
        return HTTPStatus.NOT_FOUND, _TEXT, b"not found\n"


class _ProbeHandler(BaseHTTPRequestHandler):
    timeout = _CLIENT_SECONDS
    server: ProbeServer

    def do_GET(self) -> None:
        status, kind, body = self.server.answer(self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """A probe every few seconds is no news."""


def serve_probes(settings: Settings, is_ready: Callable[[], bool] = lambda: True) -> ProbeServer | None:
    """Serves in the background if PROBE_PORT is set. A port that is taken is logged: the work itself goes on."""
    if not settings.probe_port:
        return None
    try:
        server = ProbeServer(settings.host, settings.probe_port, is_ready)
    except OSError as error:
        log.error("no health checks: port %d cannot be used (%s)", settings.probe_port, error.strerror)  # noqa: TRY400 - the line says it all
        return None
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server
