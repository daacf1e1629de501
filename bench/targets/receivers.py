"""Receivers that record when a click arrives: a client of the API's live stream, and an HTTP server for alerts."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ClickTimes:
    """The first arrival (perf_counter) of each name."""

    def __init__(self) -> None:
        self.first_seen: dict[str, float] = {}
        self.duplicates = 0

    def record(self, name: str, at: float) -> None:
        """Keeps the first time; counts later ones."""
        if name in self.first_seen:
            self.duplicates += 1
        else:
            self.first_seen[name] = at


@contextlib.contextmanager
def alert_socket(port: int, times: ClickTimes) -> Iterator[None]:
    """Returns 200 for every POST and records the lead that its text names (`Lead00042`)."""

    class AlertHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            at = time.perf_counter()
            start = body.find("Lead")
            times.record(body[start : start + 9], at)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), AlertHandler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def live_stream(port: int, key: str, times: ClickTimes) -> Iterator[None]:
    """Reads `/api/v1/live` and records the message of each `event`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/live", headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"the live stream returned {answer.status}")
    answer.readline()  # the subscription is active once the first line has arrived
    thread = threading.Thread(target=_follow, args=(answer, times), daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(2)
        thread.join(2)
        connection.close()


def _follow(answer: http.client.HTTPResponse, times: ClickTimes) -> None:
    kind = ""
    with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
        for raw in answer:
            at, line = time.perf_counter(), raw.decode().rstrip()
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind == "event":
                data: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if data["kind"] == "click" and data["message"]:
                    times.record(data["message"], at)
