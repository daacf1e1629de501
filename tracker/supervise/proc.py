"""Start time, children and listening ports of processes from Linux's /proc. Empty on other systems."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_LISTEN = "0A"
_SESSION_FIELD = 3
_START_FIELD = 19  # index in /proc/PID/stat after the name in brackets


def start_ticks(pid: int) -> int | None:
    """The start time in clock ticks since boot, which distinguishes reused pids; None for an ended process."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[_START_FIELD])


def children(pid: int) -> list[int]:
    """The living children of the process, oldest first."""
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return [child for child in map(int, text.split()) if start_ticks(child) is not None]
    return []


def session_of(pid: int) -> int | None:
    """The session id of the process: the pid of its session leader, which may have ended."""
    fields = _stat(pid)
    return None if fields is None or fields[0] == "Z" else int(fields[_SESSION_FIELD])


def has_variable(pid: int, variable: str) -> bool:
    """Whether the environment of the process contains `NAME=value`. False if it is not readable."""
    with contextlib.suppress(OSError):
        return os.fsencode(variable) in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def all_pids() -> list[int]:
    """All process ids."""
    with contextlib.suppress(OSError):
        return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    return []


def listening_ports(pids: Iterable[int]) -> dict[int, list[int]]:
    """TCP ports on which each process listens."""
    by_socket = dict(_listening_sockets())
    found = {}
    for pid in pids:
        ports = {by_socket[link] for link in _open_sockets(pid) if link in by_socket}
        found[pid] = sorted(ports)
    return found


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _open_sockets(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                yield str(Path(entry.path).readlink())


def _listening_sockets() -> Iterator[tuple[str, int]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text("ascii").splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTEN:
                    yield f"socket:[{columns[9]}]", int(columns[1].rpartition(":")[2], 16)
