"""Control socket of the supervisor: one JSON line as request and one as response, over a private unix socket."""

import contextlib
import json
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracker.base.errors import LeadlightError

_MAX_LENGTH = 2**20
_TIMEOUT_SECONDS = 5.0


class NotRunning(LeadlightError):
    """No supervisor is running for this DATA folder."""


def ask(path: Path, **request: str) -> dict[str, Any]:
    """Sends a request to the supervisor. Raises NotRunning, or LeadlightError with the supervisor's error."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            response = json.loads(_read_line(connection))
        except (OSError, ValueError) as error:
            raise NotRunning("Leadlight is not running with this DATA folder; start it with `leadlight up`") from error
    if "error" in response:
        raise LeadlightError(str(response["error"]))
    return dict(response)


class ControlSocket:
    """The server side of the socket. `wait` sleeps until a request or the timeout."""

    def __init__(self, path: Path, handle: Callable[[dict[str, str]], dict[str, Any]]) -> None:
        self.path = path
        self._handle = handle
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(16)
        self._listener.setblocking(False)

    def wait(self, seconds: float) -> None:
        """Serves at most one request within the timeout."""
        if not select.select([self._listener], [], [], seconds)[0]:
            return
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(0.5)
                self._respond(connection)

    def close(self) -> None:
        """Closes and removes the socket."""
        self._listener.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)  # noqa: PTH108 - errors are suppressed

    def _respond(self, connection: socket.socket) -> None:
        try:
            request = json.loads(_read_line(connection))
            response = self._handle({str(key): str(value) for key, value in request.items()})
        except (ValueError, AttributeError):
            response = {"error": "not a request"}
        except LeadlightError as error:
            response = {"error": str(error)}
        connection.sendall(json.dumps(response).encode() + b"\n")


def _read_line(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"\n") and len(received) < _MAX_LENGTH:
        chunk = connection.recv(65536)
        if not chunk:
            break
        received += chunk
    return received
