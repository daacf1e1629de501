"""The plan of a run: rounds, seconds, sizes, folder. Made from the command line options; read by every case."""

import itertools
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import Row


@dataclass(slots=True)
class Plan:
    """One run of the bench. Cases add rows and print their progress."""

    rounds: int
    seconds: float
    is_quick: bool
    is_large: bool
    folder: Path
    first_port: int
    say: Callable[[str], None]
    rows: list[Row] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _ports: "itertools.count[int] | None" = None

    def port(self, count: int = 2) -> int:
        """The first of `count` consecutive free ports, not handed out before in this run."""
        if self._ports is None:
            self._ports = itertools.count(self.first_port)
        while True:
            base = next(self._ports)
            if all(_is_free(base + i) for i in range(count)):
                for _ in range(count - 1):
                    next(self._ports)
                return base

    def add(self, row: Row) -> None:
        """Keeps a row and prints it."""
        self.rows.append(row)
        self.say("    " + "  ".join(cell for cell in row.cells()[1:] if cell))

    def leave_out(self, what: str) -> None:
        """Records and prints what could not be measured, and why."""
        self.left_out.append(what)
        self.say(f"    left out: {what}")

    def case_folder(self, name: str) -> Path:
        """The folder of one case, created if missing."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
