"""Holds: which processes a running command, such as `leadlight move`, keeps as they are, so that they go on if it is killed."""

import os
from collections.abc import Iterable

from tracker.base.errors import LeadlightError
from tracker.supervise.proc import start_ticks

_AGAIN_SECONDS = 5.0


class Holds:
    """By process name, the pid of the command that holds it. A command that ends in order releases what it held."""

    def __init__(self) -> None:
        self._holders: dict[str, tuple[int, int | None]] = {}
        self._due = 0.0

    def add(self, name: str, holder: str) -> None:
        """Notes a hold. Raises LeadlightError if the holder is not a pid."""
        if not holder.isascii() or not holder.isdigit():
            raise LeadlightError("the holder is not the id of a process")
        self._holders[name] = (int(holder), start_ticks(int(holder)))

    def release(self, holder: str) -> None:
        """Forgets all holds of a command."""
        self._holders = {name: held for name, held in self._holders.items() if str(held[0]) != holder}

    def left_behind(self, now: float) -> list[str]:
        """The processes whose holder has ended, every few seconds until they are settled. `now`: seconds of a clock that never goes back."""
        left = [name for name, held in self._holders.items() if not _lives(*held)]
        if not left or now < self._due:
            return []
        self._due = now + _AGAIN_SECONDS
        return left

    def settle(self, names: Iterable[str]) -> None:
        """Forgets holds whose holder has ended: what it left is in order."""
        self._due = 0.0
        for name in names:
            self._holders.pop(name, None)


def _lives(pid: int, started: int | None) -> bool:
    if started is not None:
        return start_ticks(pid) == started
    try:  # a system without /proc
        os.kill(pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True
