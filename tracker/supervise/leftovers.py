"""Processes left by a killed supervisor: found by its pid file and ended before the next start."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import TypedDict

from tracker.supervise.proc import all_pids, has_variable, session_of, start_ticks
from tracker.supervise.procfile import SERVERS

_TIMEOUT_SECONDS = 5.0
_TICK_SECONDS = 0.05


class ProcessEntry(TypedDict):
    """One process in the pid file."""

    name: str
    pid: int
    started: int | None
    stage: int


def write_pid_file(path: Path, processes: list[ProcessEntry]) -> None:
    """Replaces the pid file atomically. Raises OSError, for example on a full disk, and keeps the old file."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(processes, indent=1))
    new.replace(path)


def end_leftovers(pid_file: Path) -> list[str]:
    """Ends the processes of the pid file that still run, servers last, and returns their names. Skips reused pids."""
    entries = _read(pid_file)
    if not entries:
        return []
    leftovers = [one for one in entries if one["started"] is not None and start_ticks(one["pid"]) == one["started"]]
    for is_server in (False, True):
        _end([one for one in leftovers if (one["stage"] == SERVERS) == is_server])
    _end_orphans({one["pid"] for one in entries}, f"DATA={pid_file.parent.parent}")
    pid_file.unlink(missing_ok=True)
    return [one["name"] for one in leftovers]


def _read(pid_file: Path) -> list[ProcessEntry]:
    """The entries of the pid file; empty if any entry is invalid, because its processes are killed."""
    try:
        entries = [
            ProcessEntry(name=one["name"], pid=one["pid"], started=one["started"], stage=one["stage"])
            for one in json.loads(pid_file.read_text())
        ]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return []
    is_valid = all(type(one["pid"]) is int and one["pid"] > 0 and isinstance(one["name"], str) for one in entries)
    return entries if is_valid else []


def _end(processes: list[ProcessEntry]) -> None:
    until = time.monotonic() + _TIMEOUT_SECONDS
    _signal(processes, signal.SIGTERM)
    while processes and time.monotonic() < until:
        processes = [one for one in processes if start_ticks(one["pid"]) == one["started"]]
        time.sleep(_TICK_SECONDS)
    _signal(processes, signal.SIGKILL)


def _end_orphans(sessions: set[int], variable: str) -> None:
    """Kills children of killed processes, such as gunicorn workers, which still hold ports."""
    orphans = [pid for pid in all_pids() if session_of(pid) in sessions and has_variable(pid, variable)]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + _TIMEOUT_SECONDS
    while any(session_of(pid) in sessions for pid in orphans) and time.monotonic() < until:
        time.sleep(_TICK_SECONDS)


def _signal(processes: list[ProcessEntry], number: signal.Signals) -> None:
    for one in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(one["pid"], number)
