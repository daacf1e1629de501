"""Runs a command that halts at its first MongoDB command of a kind: `python -m tests.flow.halt "find notes" FILE WORDS…`.

FILE is created when it halts. It subscribes to the driver's command events, so that the product needs no hooks.
"""

import sys
import time
from pathlib import Path

from pymongo import monitoring

from tests.system.stack import LONGEST
from tracker.cli.main import main


class HaltListener(monitoring.CommandListener):
    def __init__(self, command: str, file: Path) -> None:
        self._command = command.split()
        self._file = file

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if [event.command_name, event.command.get(event.command_name)] == self._command and not self._file.exists():
            self._file.touch()
            time.sleep(LONGEST)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Does nothing."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Does nothing."""


if __name__ == "__main__":
    monitoring.register(HaltListener(sys.argv[1], Path(sys.argv[2])))
    sys.exit(main(sys.argv[3:]))
