"""What commands print: the result on stdout, messages on stderr, JSON where `--json` asks for it."""

import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any


def say(text: str) -> None:
    """A message to the person, on stderr; dropped where that is a file on a full disk, or a terminal that is gone."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def result(value: Any, text: str, *, as_json: bool) -> None:
    """The command's result, alone on stdout: `value` as JSON, or `text`."""
    print(json.dumps(value, indent=2, default=str) if as_json else text, flush=True)


def table(rows: Sequence[Sequence[object]], head: Sequence[str]) -> str:
    """Rows in columns as wide as they need."""
    texts = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts)


class Steps:
    """Numbered progress on stderr: `2/6 Starting MongoDB and Valkey…`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0

    def next(self, text: str) -> None:
        """Says that the next step begins."""
        self._done += 1
        say(f"{self._done}/{self._count} {text}")


def say_lost(lost: list[str]) -> None:
    """Lists the secrets that must be typed again, if there are any; see `tracker.actions.ops.lost_secrets`."""
    if lost:
        say(f"The key of these secrets is not here, so that they must be typed again ({len(lost)}):")
    for line in lost:
        say(f"    {line}")
