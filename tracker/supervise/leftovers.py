"""What a supervisor that was killed left running: found by the note it kept, ended before the next start."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import TypedDict

from tracker.supervise.proc import everybody, has_variable, session_of, start_ticks
from tracker.supervise.procfile import SERVERS

_PATIENCE_SECONDS = 5.0
_TICK_SECONDS = 0.05


class Noted(TypedDict):
    """One process in the note."""

    name: str
    pid: int
    started: int | None
    stage: int


def write_note(path: Path, processes: list[Noted]) -> None:
    """Replaces the note in one step. Raises OSError, as on a full disk; what stood there stays."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(processes, indent=1))
    new.replace(path)


def end_leftovers(note: Path) -> list[str]:
    """Ends the noted processes that still run, servers last, and returns their names. Never touches a number used anew."""
    noted = _read(note)
    if not noted:
        return []
    left = [one for one in noted if one["started"] is not None and start_ticks(one["pid"]) == one["started"]]
    for is_server in (False, True):
        _end([one for one in left if (one["stage"] == SERVERS) == is_server])
    _end_orphans({one["pid"] for one in noted}, f"DATA={note.parent.parent}")
    note.unlink(missing_ok=True)
    return [one["name"] for one in left]


def _read(note: Path) -> list[Noted]:
    """What the note says; nothing of it where a single entry is none of ours, since processes are ended by it."""
    try:
        noted = [
            Noted(name=one["name"], pid=one["pid"], started=one["started"], stage=one["stage"]) for one in json.loads(note.read_text())
        ]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return []
    are_ours = all(type(one["pid"]) is int and one["pid"] > 0 and isinstance(one["name"], str) for one in noted)
    return noted if are_ours else []


def _end(processes: list[Noted]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    _signal(processes, signal.SIGTERM)
    while processes and time.monotonic() < until:
        processes = [one for one in processes if start_ticks(one["pid"]) == one["started"]]
        time.sleep(_TICK_SECONDS)
    _signal(processes, signal.SIGKILL)


def _end_orphans(sessions: set[int], ours: str) -> None:
    """What a killed process had started itself (gunicorn's workers) still holds its ports."""
    orphans = [pid for pid in everybody() if session_of(pid) in sessions and has_variable(pid, ours)]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + _PATIENCE_SECONDS
    while any(session_of(pid) in sessions for pid in orphans) and time.monotonic() < until:
        time.sleep(_TICK_SECONDS)


def _signal(processes: list[Noted], number: signal.Signals) -> None:
    for one in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(one["pid"], number)
