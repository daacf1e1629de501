"""Receivers of a click: the live stream of the API, and the web server that alerts are sent to. Each records when it arrives."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Received:
    """What has arrived: the first time (perf_counter) of each name, and how many came again."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self.repeated = 0

    def note(self, name: str, at: float) -> None:
        """Records the first time of this name."""
        if name in self.times:
            self.repeated += 1
        else:
            self.times[name] = at


@contextlib.contextmanager
def alert_socket(port: int, received: Received) -> Iterator[None]:
    """Answers every POST with 200 and records the lead that its text names (`Lead00042`)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            at = time.perf_counter()
            place = body.find("Lead")
            received.note(body[place : place + 9], at)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def live_stream(port: int, key: str, received: Received) -> Iterator[None]:
    """Follows `/api/v1/live` and records the message of each `event`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/live", headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"the live stream answered {answer.status}")
    answer.readline()  # the stream is joined once its first line is here
    thread = threading.Thread(target=_follow, args=(answer, received), daemon=True)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(2)
        thread.join(2)
        connection.close()


def _follow(answer: http.client.HTTPResponse, received: Received) -> None:
    kind = ""
    with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
        for raw in answer:
            at, line = time.perf_counter(), raw.decode().rstrip()
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: ") and kind == "event":
                data: dict[str, Any] = json.loads(line.removeprefix("data: "))
                if data["kind"] == "click" and data["message"]:
                    received.note(data["message"], at)
