"""Constant request rate: requests are sent on schedule, regardless of responses. Used by the latency cases.

wrk waits for a response before the next request, so a slow server gets fewer requests and looks fast (coordinated omission). Here
latency counts from the scheduled time of the request.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence

CONNECTIONS = 64
_TIMEOUT_SECONDS = 10.0
_END_OF_HEAD = b"\r\n\r\n"


class BrokenConnection(Exception):
    """A connection closed, or a response was invalid or missing."""


class _Connection:
    """One kept connection, with at most one request in flight."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._got = b""

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def is_complete(self) -> bool:
        """Reads available bytes; whether the response is complete. Raises BrokenConnection."""
        part = self.socket.recv(65536)
        if not part:
            raise BrokenConnection("the server closed a connection")
        self._got += part
        end = self._got.find(_END_OF_HEAD)
        if end < 0 or len(self._got) < end + 4 + _length(self._got[:end]):
            return False
        if self._got[9:10] not in b"23":
            raise BrokenConnection(f"the response was {self._got[:12]!r}")
        self._got = b""
        return True


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if rest else 0


def run(
    port: int,
    requests: Sequence[bytes],
    rate: float,
    seconds: float,
    *,
    connections: int = CONNECTIONS,
    stop: Callable[[], bool] = lambda: False,
) -> list[float]:
    """Sends `rate` requests per second for `seconds` or until `stop`; the latency of each in milliseconds. Raises BrokenConnection."""
    pool = [_Connection(port) for _ in range(connections)]
    try:
        return _run(pool, requests, rate, seconds, stop)
    except OSError as error:
        raise BrokenConnection(str(error)) from error
    finally:
        for connection in pool:
            connection.socket.close()


def _run(pool: list[_Connection], requests: Sequence[bytes], rate: float, seconds: float, stop: Callable[[], bool]) -> list[float]:
    free, waiting = deque(pool), 0
    took: list[float] = []
    total = int(rate * seconds)
    with selectors.SelectSelector() as selector:  # only select has a timeout below one millisecond
        for connection in pool:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        begun, sent = time.perf_counter(), 0
        while sent < total or waiting:
            now = time.perf_counter()
            while free and sent < total and begun + sent / rate <= now:
                free.popleft().send(requests[sent % len(requests)], begun + sent / rate)
                sent, waiting = sent + 1, waiting + 1
            if sent < total and stop():
                total = sent
            due = begun + sent / rate - time.perf_counter() if sent < total and free else 0.1
            for key, _ in selector.select(max(0.0, due)):
                if key.data.is_complete():
                    took.append((time.perf_counter() - key.data.due) * 1000)
                    free.append(key.data)
                    waiting -= 1
            if time.perf_counter() - begun > seconds + _TIMEOUT_SECONDS:
                raise BrokenConnection(f"{waiting} responses are missing, {total - sent} requests could not be sent")
    return took
