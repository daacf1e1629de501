"""Runs a process of ours that dies by SIGKILL at one of its writes to MongoDB: `python -m tests.faults.rig.crash MODULE [ARGUMENTS]`.

Every crash point of a process lies between two of its writes, so points need no names in the product and no hook that production
could reach: this launcher listens to the driver's own command events. CRASH_AT says where:
`after 3` (the third write was done), `before 3`, or by name, `after events.insert`, `before deliveries`;
`with TEXT`: as soon as any question or write names the text, as work on a poisoned record would.
"""

import os
import runpy
import signal
import sys
from typing import Any

from pymongo import monitoring

_WRITES = {"insert", "update", "delete"}
_CLAIM = "findAndModify"
"""Counted when it took something: an idle process asks in vain many times."""


class Crash(monitoring.CommandListener):
    """Counts writes and kills its own process at the one asked for."""

    def __init__(self, asked: str) -> None:
        self._when, _, self._where = asked.partition(" ")
        self._count = 0
        self._names: dict[int, str] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name == "admin":
            return
        if self._when == "with" and "dirty" not in event.command.values() and self._where in str(event.command):
            self._die(f"crash with {self._where}")
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
            self._die(f"crash {when} write {self._count}, {name}")

    def _die(self, last_word: str) -> None:
        sys.stderr.write(f"{last_word}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> Any:
    """Runs the module as if it had been started itself."""
    monitoring.register(Crash(os.environ["CRASH_AT"]))
    sys.argv = arguments
    return runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
