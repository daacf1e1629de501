"""The edge's file of changed destinations, made from the database. Kept up to date by workers.drain, on each host with an edge."""

from datetime import datetime

from tracker.actions.deps import Deps
from tracker.spool import destinations
from tracker.spool.policy import Stamp, stamp_of


class DestinationFile:
    """Remembers what the file contains, and replaces it when links have changed or the file is not the one it wrote."""

    def __init__(self, deps: Deps) -> None:
        self._rows = deps.store.link_destinations
        self._path = destinations.path_of(deps.settings)
        self._stamp: Stamp = None
        self._state: tuple[int, datetime | None] | None = None

    def refresh(self) -> bool:
        """Writes the file if it is outdated; returns whether it did. Raises PyMongoError, OSError."""
        state = self._rows.state()
        is_own = self._stamp is not None and stamp_of(self._path) == self._stamp
        if is_own and state == self._state:
            return False
        destinations.write(self._rows.all(), self._path)
        self._stamp, self._state = stamp_of(self._path), state
        return True
