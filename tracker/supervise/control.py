"""How another shell speaks with the running supervisor: one JSON line asked, one answered, on a unix socket of ours."""

import contextlib
import json
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tracker.base.errors import LeadlightError

_LONGEST = 2**20
_PATIENCE_SECONDS = 5.0


class NotRunning(LeadlightError):
    """No supervisor answers for this DATA folder."""


def ask(path: Path, **question: str) -> dict[str, Any]:
    """Asks the supervisor behind this socket. Raises NotRunning, or LeadlightError with what it refused."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PATIENCE_SECONDS)
        try:
            line.connect(str(path))
            line.sendall(json.dumps(question).encode() + b"\n")
            answer = json.loads(_read_line(line))
        except (OSError, ValueError) as error:
            raise NotRunning("Leadlight is not running with this DATA folder; start it with `leadlight up`") from error
    if "error" in answer:
        raise LeadlightError(str(answer["error"]))
    return dict(answer)


class ControlSocket:
    """The supervisor's end. `wait` sleeps until somebody asks or the time is over, whichever comes first."""

    def __init__(self, path: Path, answer: Callable[[dict[str, str]], dict[str, Any]]) -> None:
        self.path = path
        self._answer = answer
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(16)
        self._listener.setblocking(False)

    def wait(self, seconds: float) -> None:
        """Answers at most one question."""
        if not select.select([self._listener], [], [], seconds)[0]:
            return
        with contextlib.suppress(OSError):
            line, _ = self._listener.accept()
            with line:
                line.settimeout(0.5)
                self._reply(line)

    def close(self) -> None:
        """Takes the socket away."""
        self._listener.close()
        with contextlib.suppress(OSError):
            os.unlink(self.path)  # noqa: PTH108 - suppresses whatever the path has become

    def _reply(self, line: socket.socket) -> None:
        try:
            question = json.loads(_read_line(line))
            answer = self._answer({str(key): str(value) for key, value in question.items()})
        except (ValueError, AttributeError):
            answer = {"error": "not a question"}
        except LeadlightError as error:
            answer = {"error": str(error)}
        line.sendall(json.dumps(answer).encode() + b"\n")


def _read_line(line: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b"\n") and len(got) < _LONGEST:
        more = line.recv(65536)
        if not more:
            break
        got += more
    return got
