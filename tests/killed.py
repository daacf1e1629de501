"""Runs something in a process that is killed before one of its writes to MongoDB."""

import os
import signal
from collections.abc import Callable
from typing import Any

from pymongo import monitoring

from tests.outreach_company import Company
from tracker.actions.deps import open_deps


class _Killer(monitoring.CommandListener):
    """Kills the process before the nth write."""

    def __init__(self, number: int) -> None:
        self._left = number

    def started(self, event: Any) -> None:
        if event.command_name in ("insert", "update", "findAndModify", "delete"):
            self._left -= 1
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def succeeded(self, event: Any) -> None:
        pass

    failed = succeeded


def run_and_die(company: Company, run: Callable[..., object], number: int) -> bool:
    """Runs what is due in a process that is killed before its nth write; whether it ended by itself."""
    child = os.fork()
    if child == 0:
        try:
            monitoring.register(_Killer(number))
            deps = open_deps(company.deps.settings, lambda: company.clock[0])
            run(deps, company.clock[0])
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
