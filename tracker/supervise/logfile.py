"""Log file of one process: rotated by size, its errors reported to the terminal."""

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

_MAX_BYTES = 10 * 2**20
_KEEP = 3
_TAIL_BYTES = 4000
_PAUSE_SECONDS = 60.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_REPORTED_LEVELS = {"error", "critical"}


class LogFile:
    """The log of one process, which writes to the file directly and does not depend on the supervisor.

    A removed file reads as empty; the process writes to a new file after its next start.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with contextlib.suppress(OSError):
            path.touch(mode=0o600)
        self._read_up_to = self._size()
        self._rotate_due = 0.0

    def open(self) -> FileIO:
        """The file for a process to append to, or /dev/null if it cannot be created."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            handle = os.open(os.devnull, os.O_WRONLY)
        return os.fdopen(handle, "wb", buffering=0)

    def rotate(self) -> None:
        """Copies a file above the size limit to `.1` and truncates it; the process appends and needs no notice.

        Without disk space for the copy, the oldest copy is removed first. If that is not enough, the rotation is retried later.
        """
        if self._size() < _MAX_BYTES or time.monotonic() < self._rotate_due:
            return
        copy = self.path.with_name(f"{self.path.name}.rotating")
        try:
            self._copy_to(copy)
            self._shift(copy)
        except OSError:
            self._rotate_due = time.monotonic() + _PAUSE_SECONDS
            with contextlib.suppress(OSError):
                copy.unlink(missing_ok=True)

    def _copy_to(self, copy: Path) -> None:
        try:
            shutil.copy2(self.path, copy)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            self._older(_KEEP).unlink()
            shutil.copy2(self.path, copy)

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _shift(self, copy: Path) -> None:
        for number in range(_KEEP - 1, 0, -1):
            if self._older(number).exists():
                self._older(number).replace(self._older(number + 1))
        copy.replace(self._older(1))
        with self.path.open("r+b") as file:
            file.truncate(0)
        self._read_up_to = 0

    def errors(self) -> Iterator[str]:
        """The texts of errors logged since the last call."""
        size = self._size()
        if size < self._read_up_to:  # replaced or truncated
            self._read_up_to = 0
        start = max(self._read_up_to, size - _TAIL_BYTES * 4)
        if size <= start:
            return
        lines = self._read(start, size - start)
        whole = lines.rfind(b"\n") + 1
        self._read_up_to = start + whole
        for line in lines[:whole].splitlines():
            if text := _error_text(line):
                yield text

    def last_line(self) -> str:
        """The last non-empty line, usually the reason for an exit."""
        tail = self._read(max(0, self._size() - _TAIL_BYTES), _TAIL_BYTES).decode("utf-8", errors="replace")
        lines = [line.strip() for line in tail.splitlines() if line.strip()]
        return _printable(_text_of(lines[-1])) if lines else ""

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def _read(self, start: int, size: int) -> bytes:
        with contextlib.suppress(OSError), self.path.open("rb") as file:
            file.seek(start)
            return file.read(size)
        return b""


def _error_text(line: bytes) -> str | None:
    if not line.startswith(b"{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    is_error = isinstance(entry, dict) and entry.get("level") in _REPORTED_LEVELS
    return _printable(str(entry.get("text", ""))) if is_error else None


def _text_of(line: str) -> str:
    """The message of a JSON line of Leadlight or MongoDB; any other line unchanged."""
    with contextlib.suppress(ValueError):
        entry = json.loads(line)
        if isinstance(entry, dict):
            return str(entry.get("text") or entry.get("msg") or line)
    return line


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:300]
