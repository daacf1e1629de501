"""Priorities: who goes first where there is not enough processor for all. Used by child.

A lead waits for the edge and a rep for the console; what happens behind them may take a moment longer.
"""

import contextlib
import os
from pathlib import Path

NICE = {"mongod": 13, "drain": 14, "live": 14, "notify": 14, "schedule": 16, "demo": 16, "bulk": 16}
"""Process to niceness; whoever is not named keeps that of the supervisor."""


def take(name: str) -> None:
    """Gives the calling process the priority of this name. It can only be lowered, so that no right is needed."""
    with contextlib.suppress(OSError):
        os.nice(NICE.get(name, 0))


def share(pid: int) -> bool:
    """Gives the process's session the process's niceness; false if that must be tried again a little later.

    Linux may share the processor among sessions first, each of our processes being one: there the session's own niceness counts.
    Without rights it takes such a change once in a tenth of a second only.
    """
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(os.getpriority(os.PRIO_PROCESS, pid)), "ascii")
    except BlockingIOError:
        return False
    except OSError:  # it has ended, or this system knows no such thing
        return True
    return True
