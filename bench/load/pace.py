"""A constant rate: requests sent when they are due, whatever the answers do, and how late each answer was. Used by the latency cases.

wrk waits for an answer before it asks again, so a slow server is asked less and looks fast. Here an answer's time counts from the
moment its request was due.
"""

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence

CONNECTIONS = 64
_PATIENCE_SECONDS = 10.0
_END_OF_HEAD = b"\r\n\r\n"


class Broken(Exception):
    """A connection ended, an answer was no answer, or answers did not come."""


class _Line:
    """One kept connection, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._got = b""

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def is_whole(self) -> bool:
        """Reads what has come; whether the answer is whole. Raises Broken."""
        part = self.socket.recv(65536)
        if not part:
            raise Broken("the server closed a connection")
        self._got += part
        end = self._got.find(_END_OF_HEAD)
        if end < 0 or len(self._got) < end + 4 + _length(self._got[:end]):
            return False
        if self._got[9:10] not in b"23":
            raise Broken(f"answered {self._got[:12]!r}")
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
    """Sends `rate` requests a second for so long (or until `stop`); milliseconds from due to answered, one for each. Raises Broken."""
    lines = [_Line(port) for _ in range(connections)]
    try:
        return _run(lines, requests, rate, seconds, stop)
    except OSError as error:
        raise Broken(str(error)) from error
    finally:
        for line in lines:
            line.socket.close()


def _run(lines: list[_Line], requests: Sequence[bytes], rate: float, seconds: float, stop: Callable[[], bool]) -> list[float]:
    free, waiting = deque(lines), 0
    took: list[float] = []
    total = int(rate * seconds)
    with selectors.SelectSelector() as selector:  # select alone waits for less than a millisecond
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
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
                if key.data.is_whole():
                    took.append((time.perf_counter() - key.data.due) * 1000)
                    free.append(key.data)
                    waiting -= 1
            if time.perf_counter() - begun > seconds + _PATIENCE_SECONDS:
                raise Broken(f"{waiting} answers did not come, {total - sent} requests could not be sent")
    return took
