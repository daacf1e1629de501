"""Notification of the drain: one byte on a Unix datagram socket after each commit. Sent by `writer`, received by workers.drain.process."""

import contextlib
import os
import socket
from pathlib import Path


class WakeSender:
    """Tells the drain that there are new rows. If the drain does not run, nothing happens: it also polls."""

    def __init__(self, path: Path | None) -> None:
        """`path`: the drain's socket; None for no notification."""
        self._path = None if path is None else os.fspath(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def wake(self) -> None:
        """Sends one byte; never blocks, never raises."""
        if self._path is None:
            return
        try:
            self._socket.sendto(b"1", self._path)
        except OSError:
            return

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()


class WakeReceiver:
    """Waits for notifications, so that the drain reads new rows at once without frequent polling."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))

    def wait(self, seconds: float) -> None:
        """Returns at the first notification, with all others discarded, or after that time."""
        self._socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            self._socket.recv(16)
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(16):
                pass
