"""`make up` stands between a person and `leadlight up`: what is done to make has to reach us.

GNU make passes SIGTERM on, but keeps a SIGINT that was sent to it alone and then waits for us for ever; killed, it says nothing.
"""

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def follow_make() -> Callable[[], bool]:
    """Ends us with our parent if that is make; gives the question whether make was interrupted. Elsewhere: never."""
    parent = os.getppid()
    if not os.environ.get("MAKELEVEL") or _name_of(parent) not in {"make", "gmake"} or not _catches_interrupt(parent):
        return lambda: False
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    # The first thing make does with a fatal signal is to stop catching it.
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
