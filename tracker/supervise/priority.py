"""CPU priorities of the processes. Used by child.

Leads wait for the edge and reps for the console; background processes have a lower priority.
"""

import contextlib
import os
from pathlib import Path

NICE = {"mongod": 13, "drain": 14, "live": 14, "notify": 14, "schedule": 16, "demo": 16, "bulk": 16}
"""Niceness by process; others keep the supervisor's."""


def set_priority(name: str) -> None:
    """Lowers the priority of the calling process to that of `name`; lowering needs no permission."""
    with contextlib.suppress(OSError):
        os.nice(NICE.get(name, 0))


def set_session_priority(pid: int) -> bool:
    """Sets the niceness of the process's session to the process's own; false if it must be retried shortly.

    With autogroups, Linux schedules sessions by their niceness, and each process is a session of its own. Without permissions,
    Linux accepts such a change only every 0.1 s.
    """
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(os.getpriority(os.PRIO_PROCESS, pid)), "ascii")
    except BlockingIOError:
        return False
    except OSError:  # the process has ended, or the system has no autogroups
        return True
    return True
