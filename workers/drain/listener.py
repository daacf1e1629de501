"""The ear: how the drain hears at once that there is something to read. Used by workers.drain.process."""

import contextlib
import socket
from pathlib import Path


class Ear:
    """Hears the edge's wake-ups on a datagram socket, so that the drain neither polls hard nor waits."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def wait(self, seconds: float) -> None:
        """Returns at the first wake-up, having emptied the socket, or after that time."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            self._socket.recv(16)
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(16):
                pass
