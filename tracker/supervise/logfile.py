"""Where a process's output goes: one file, kept under a size, and its errors told to the terminal."""

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

_LONGEST_BYTES = 10 * 2**20
_KEPT = 3
_TAIL_BYTES = 4000
_PAUSE_SECONDS = 60.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_TOLD = {"error", "critical"}


class LogFile:
    """One process's log. The process writes to it by itself, so it goes on when the supervisor does not.

    A log that somebody took away reads as an empty one; the process writes to the new file from its next start on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with contextlib.suppress(OSError):
            path.touch(mode=0o600)
        self._read_up_to = self._size()
        self._turn_due = 0.0

    def open(self) -> FileIO:
        """For a process to append to; where no file can be made, what it says is dropped."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:
            handle = os.open(os.devnull, os.O_WRONLY)
        return os.fdopen(handle, "wb", buffering=0)

    def turn_over(self) -> None:
        """Copies a file grown too long to `.1` and empties it: whoever writes appends, and need not be told.

        Where there is no room for the copy the oldest one goes first; where there is none even then, all stays as it is, and is looked
        at again.
        """
        if self._size() < _LONGEST_BYTES or time.monotonic() < self._turn_due:
            return
        copy = self.path.with_name(f"{self.path.name}.turning")
        try:
            self._copy_to(copy)
            self._put_away(copy)
        except OSError:
            self._turn_due = time.monotonic() + _PAUSE_SECONDS
            with contextlib.suppress(OSError):
                copy.unlink(missing_ok=True)

    def _copy_to(self, copy: Path) -> None:
        try:
            shutil.copy2(self.path, copy)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            self._older(_KEPT).unlink()
            shutil.copy2(self.path, copy)

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _put_away(self, copy: Path) -> None:
        for number in range(_KEPT - 1, 0, -1):
            if self._older(number).exists():
                self._older(number).replace(self._older(number + 1))
        copy.replace(self._older(1))
        with self.path.open("r+b") as file:
            file.truncate(0)
        self._read_up_to = 0

    def errors(self) -> Iterator[str]:
        """The texts of the errors written since the last call."""
        size = self._size()
        if size < self._read_up_to:  # another file, or emptied by somebody else
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
        """The last line with something on it: usually why a process died."""
        said = self._read(max(0, self._size() - _TAIL_BYTES), _TAIL_BYTES).decode("utf-8", errors="replace")
        lines = [line.strip() for line in said.splitlines() if line.strip()]
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
