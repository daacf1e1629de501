"""Runs a process that kills itself with SIGKILL at one of its writes to MongoDB: `python -m tests.faults.rig.crash MODULE [ARGUMENTS]`.

Every crash point lies between two writes of the process, so the product needs no hooks: this launcher subscribes to the driver's
command events. CRASH_AT names the point:
`after 3` (the third write was done), `before 3`, or by name, `after events.insert`, `before deliveries`;
`with TEXT`: at the first command that contains the text, as work on a bad record would crash.
"""

import os
import runpy
import signal
import sys
from typing import Any

from pymongo import monitoring

_WRITES = {"insert", "update", "delete"}
_CLAIM = "findAndModify"
"""Counted only if it found a document: an idle process polls often."""


class CrashListener(monitoring.CommandListener):
    """Counts writes and kills its own process at the requested one."""

    def __init__(self, asked: str) -> None:
        self._when, _, self._where = asked.partition(" ")
        self._count = 0
        self._names: dict[int, str] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name == "admin":
            return
        if self._when == "with" and "dirty" not in event.command.values() and self._where in str(event.command):
            self._kill(f"crash with {self._where}")
        if event.command_name not in {*_WRITES, _CLAIM}:
            return
        collection = event.command[event.command_name]
        if collection == "leases":
            return
        self._names[event.request_id] = name = f"{collection}.{event.command_name}"
        if event.command_name in _WRITES:
            self._reach("before", name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        name = self._names.pop(event.request_id, None)
        if name is None:
            return
        if event.command_name == _CLAIM:
            if event.reply.get("value") is None:
                return
            self._reach("before", name)
        self._reach("after", name)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._names.pop(event.request_id, None)

    def _reach(self, when: str, name: str) -> None:
        if when == "before":
            self._count += 1
        if when == self._when and self._where in {str(self._count), name, name.partition(".")[0]}:
            self._kill(f"crash {when} write {self._count}, {name}")

    def _kill(self, message: str) -> None:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> Any:
    """Runs the module as `__main__`."""
    monitoring.register(CrashListener(os.environ["CRASH_AT"]))
    sys.argv = arguments
    return runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
