"""The edge's list of withdrawn ids, made from the database. Kept up to date by workers.drain.edge_files, on each host with an edge."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tracker.actions.deps import Deps
from tracker.spool import withdrawn
from tracker.spool.policy import Stamp, stamp_of

_OVERLAP = timedelta(seconds=30)
"""Changes are read again for this long: a write may become visible after a later one."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class WithdrawnFile:
    """Remembers which changes the file contains, and replaces it when there are others or the file is not the one it wrote."""

    def __init__(self, deps: Deps, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rows = deps.store.withdrawn
        self._path = withdrawn.path_of(deps.settings)
        self._monotonic = monotonic
        self._stamp: Stamp = None
        self._newest = _FIRST
        self._settled_at = 0.0

    def refresh(self) -> bool:
        """Writes the file if it is outdated; returns whether it did. Raises PyMongoError, OSError."""
        newest, now = self._rows.newest_change() or _FIRST, self._monotonic()
        is_own = self._stamp is not None and stamp_of(self._path) == self._stamp
        if is_own and newest == self._newest and now >= self._settled_at:
            return False
        since = min(newest, self._newest) - _OVERLAP
        if newest != self._newest or not is_own:
            self._settled_at = now + _OVERLAP.total_seconds()
        if not is_own:
            withdrawn.write(self._rows.all_listed(), self._path)
        elif not self._merge(since):
            self._newest = newest
            return False
        self._stamp, self._newest = stamp_of(self._path), newest
        return True

    def _merge(self, since: datetime) -> bool:
        """Applies the changes since that moment; returns whether there were any that the file does not contain."""
        changes, listed = self._rows.changes_since(since), withdrawn.opened(self._path)
        added = [change.hash for change in changes if change.is_listed and change.hash not in listed]
        removed = [change.hash for change in changes if not change.is_listed and change.hash in listed]
        if added or removed:
            withdrawn.write(listed.changed(added, removed), self._path)
        return bool(added or removed)
