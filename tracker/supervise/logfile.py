"""Where a process's output goes: one file, kept under a size, and its errors told to the terminal."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

_LONGEST_BYTES = 10 * 2**20
_KEPT = 3
_TAIL_BYTES = 4000
_TOLD = {"error", "critical"}


class LogFile:
    """One process's log. The process writes to it by itself, so it goes on when the supervisor does not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch(mode=0o600)
        self._read_up_to = path.stat().st_size

    def turn_over(self) -> None:
        """Copies a file grown too long to `.1` and empties it: whoever writes appends, and need not be told."""
        if self.path.stat().st_size < _LONGEST_BYTES:
            return
        for number in range(_KEPT - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
        shutil.copy2(self.path, self.path.with_name(f"{self.path.name}.1"))
        with self.path.open("r+b") as file:
            file.truncate(0)
        self._read_up_to = 0

    def errors(self) -> Iterator[str]:
        """The texts of the errors written since the last call."""
        size = self.path.stat().st_size
        start = max(self._read_up_to, size - _TAIL_BYTES * 4)
        if size <= self._read_up_to:
            return
        with self.path.open("rb") as file:
            file.seek(start)
            lines = file.read(size - start)
        whole = lines.rfind(b"\n") + 1
        self._read_up_to = start + whole
        for line in lines[:whole].splitlines():
            if text := _error_text(line):
                yield text

    def last_line(self) -> str:
        """The last line with something on it: usually why a process died."""
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - _TAIL_BYTES))
            lines = [line.strip() for line in file.read().decode("utf-8", errors="replace").splitlines() if line.strip()]
        return _printable(_text_of(lines[-1])) if lines else ""


def _error_text(line: bytes) -> str | None:
    if not line.startswith(b"{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    told = isinstance(entry, dict) and entry.get("level") in _TOLD
    return _printable(str(entry.get("text", ""))) if told else None


def _text_of(line: str) -> str:
    """The text of a JSON line, ours or MongoDB's; any other line as it is."""
    with contextlib.suppress(ValueError):
        entry = json.loads(line)
        if isinstance(entry, dict):
            return str(entry.get("text") or entry.get("msg") or line)
    return line


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:300]
