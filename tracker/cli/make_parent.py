"""Stops `leadlight up` together with its parent process `make`.

GNU make forwards SIGTERM, but after a SIGINT sent to make alone it waits forever, and when killed it forwards nothing.
"""

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def watch_make() -> Callable[[], bool]:
    """Ends this process with its parent make; returns a function that tells whether make was interrupted. Without make: always false."""
    parent = os.getppid()
    if not os.environ.get("MAKELEVEL") or _name_of(parent) not in {"make", "gmake"} or not _catches_interrupt(parent):
        return lambda: False
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    # On a fatal signal, make first stops catching it.
    return lambda: _name_of(parent) is not None and not _catches_interrupt(parent)


def _name_of(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8").strip()
    except OSError:
        return None


def _catches_interrupt(pid: int) -> bool:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name == "SigCgt":
                return bool(int(value, 16) >> (signal.SIGINT - 1) & 1)
    return False
