"""Runs a command that halts at its first question of a kind to MongoDB: `python -m tests.flow.held "find notes" FILE WORDS…`.

FILE is made as soon as it halts. It listens to the driver's own command events, so that the product needs no hook.
"""

import sys
import time
from pathlib import Path

from pymongo import monitoring

from tests.system.house import LONGEST
from tracker.cli.main import main


class Halt(monitoring.CommandListener):
    def __init__(self, question: str, file: Path) -> None:
        self._question = question.split()
        self._file = file

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if [event.command_name, event.command.get(event.command_name)] == self._question and not self._file.exists():
            self._file.touch()
            time.sleep(LONGEST)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Of no interest."""


if __name__ == "__main__":
    monitoring.register(Halt(sys.argv[1], Path(sys.argv[2])))
    sys.exit(main(sys.argv[3:]))
