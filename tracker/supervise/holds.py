"""Holds: which processes a running command, such as `leadlight move`, keeps as they are, so that they go on if it is killed."""

import os

from tracker.base.errors import LeadlightError
from tracker.supervise.proc import start_ticks


class Holds:
    """By process name, the pid of the command that holds it. A command that ends in order releases what it held."""

    def __init__(self) -> None:
        self._holders: dict[str, tuple[int, int | None]] = {}

    def add(self, name: str, holder: str) -> None:
        """Notes a hold. Raises LeadlightError if the holder is not a pid."""
        if not holder.isascii() or not holder.isdigit():
            raise LeadlightError("the holder is not the id of a process")
        self._holders[name] = (int(holder), start_ticks(int(holder)))

    def release(self, holder: str) -> None:
        """Forgets all holds of a command."""
        self._holders = {name: held for name, held in self._holders.items() if str(held[0]) != holder}

    def left_behind(self) -> list[str]:
        """The processes whose holder has ended; each is returned once."""
        left = [name for name, held in self._holders.items() if not _lives(*held)]
        for name in left:
            del self._holders[name]
        return left


def _lives(pid: int, started: int | None) -> bool:
    if started is not None:
        return start_ticks(pid) == started
    try:  # a system without /proc
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
