"""`python -m tracker.supervise.metrics`: the process that answers `/metrics` for all processes of this instance."""

import http.server
import logging
import signal
import socket
import sys
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST

from tracker.base import log
from tracker.base.metrics import exposition
from tracker.base.settings import Settings, load

_SOCKET_SECONDS = 10


class _Answer(http.server.BaseHTTPRequestHandler):
    """GET /metrics for Prometheus, GET /healthz for whoever watches this process; nothing else."""

    timeout = _SOCKET_SECONDS

    def do_GET(self) -> None:
        """Answers one request."""
        if self.path == "/metrics":
            self._send(HTTPStatus.OK, CONTENT_TYPE_LATEST, exposition())
        elif self.path == "/healthz":
            self._send(HTTPStatus.OK, "text/plain", b"ok\n")
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"There is only /metrics here.\n")

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_parts: object) -> None:
        """Says nothing: somebody asks every few seconds."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


def main(settings: Settings) -> None:
    """Answers until SIGTERM."""
    log.set_up(settings.log_level)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kind = _Server6 if ":" in settings.host else _Server
    with kind((settings.host, settings.metrics_port), _Answer) as server:
        logging.getLogger(__name__).info("metrics on port %d", settings.metrics_port)
        server.serve_forever()


if __name__ == "__main__":
    main(load())
