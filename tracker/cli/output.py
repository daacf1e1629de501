"""Output of commands: the result on stdout, as JSON with `--json`, and messages on stderr."""

import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any


def say(text: str) -> None:
    """Prints a message on stderr; discards it if stderr is not writable."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def result(value: Any, text: str, *, as_json: bool) -> None:
    """Prints the command's result on stdout: `value` as JSON, or `text`."""
    print(json.dumps(value, indent=2, default=str) if as_json else text, flush=True)


def table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> str:
    """Rows as text in aligned columns."""
    texts = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts)


class Progress:
    """Numbered progress on stderr: `2/6 Starting MongoDB and Valkey…`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0

    def next(self, text: str) -> None:
        """Prints the start of the next step."""
        self._done += 1
        say(f"{self._done}/{self._count} {text}")


def say_lost_secrets(lost: list[str]) -> None:
    """Lists the secrets that must be entered again, if any; see `tracker.actions.ops.lost_secrets`."""
    if lost:
        say(f"The key of these {len(lost)} secrets is missing; enter them again:")
    for line in lost:
        say(f"    {line}")
