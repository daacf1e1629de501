"""Priorities: who goes first where there is not enough processor for all. Used by child, in the child, before its program begins.

A lead waits for the edge, a rep for the console, both for the databases' answers; what happens behind may take a moment longer.
"""

import contextlib
import os
from pathlib import Path

NICE = {"mongod": 10, "drain": 10, "live": 10, "notify": 10, "schedule": 15, "demo": 15, "bulk": 15}
"""Process to niceness; whoever is not named keeps that of the supervisor."""

_AUTOGROUP = Path("/proc/self/autogroup")


def take(name: str) -> None:
    """Gives the calling process the priority of this name. It can only be lowered, so that no right is needed."""
    steps = NICE.get(name, 0)
    if not steps:
        return
    with contextlib.suppress(OSError):
        os.nice(steps)
    # Linux may share the processor among sessions first, each of our processes being one: there the session's own niceness counts.
    with contextlib.suppress(OSError):
        _AUTOGROUP.write_text(str(os.nice(0)), "ascii")
