"""The wake-up: one byte on a datagram socket after each commit. Used by spool.writer; heard by workers.drain.listener."""

import os
import socket
from pathlib import Path


class Wake:
    """Tells the drain that there is something to read. It may be away: then it looks by itself."""

    def __init__(self, path: Path | None) -> None:
        self._path = None if path is None else os.fspath(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self) -> None:
        """One byte, never waiting, never failing."""
        if self._path is None:
            return
        try:
            self._socket.sendto(b"1", self._path)
        except OSError:
            return

    def close(self) -> None:
        """Gives the socket up."""
        self._socket.close()
