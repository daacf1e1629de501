"""The drain's lag: how many events wait in the spool, and the age of the oldest. Reported for this host by workers.drain.process."""

import contextlib
import time
from pathlib import Path

from tracker.actions.deps import Deps
from tracker.actions.ops.health import used_share
from tracker.actions.ops.hosts import REPORT_SECONDS, leave, report_drain
from tracker.base import metrics
from tracker.base.clock import to_ms
from tracker.base.errors import Malformed
from tracker.domain.ops.host import SpoolState
from tracker.spool import layout, reader
from workers.drain.positions import ReadPositions

_PERIOD_SECONDS = 1.0


class DrainLag:
    """Measures and publishes the lag, at most once a second."""

    def __init__(self, deps: Deps, positions: ReadPositions) -> None:
        self._deps, self._positions = deps, positions
        self._dir = deps.settings.spool_dir
        self._due = self._store_due = 0.0
        self._oldest: dict[Path, tuple[int, int]] = {}
        """For each file: the position, and when the next row was received, in milliseconds. A backlog's files are opened only once."""

    def publish(self, *, is_idle: bool = False) -> None:
        """Publishes the lag if it is due; with the state of spool and edge every ten seconds. `is_idle`: nothing waits. Never raises."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _PERIOD_SECONDS
        waiting = 0 if is_idle else self._waiting()
        seconds = self._age_of_oldest() if waiting else 0.0
        is_due = time.monotonic() >= self._store_due
        if not is_due:
            report_drain(self._deps, SpoolState(lag_events=waiting, lag_seconds=seconds), to_store=False)
            return
        self._store_due = time.monotonic() + REPORT_SECONDS
        dropped = metrics.counted(metrics.EDGE_DROPPED, "reason", self._deps.settings.edge_metrics_dir)
        edges = sum(self._is_in_use(file) for file in layout.files(self._dir))
        state = SpoolState(lag_events=waiting, lag_seconds=seconds, edges=edges, disk_used=used_share(self._dir), dropped=dropped)
        report_drain(self._deps, state, to_store=True)

    def leave(self) -> None:
        """Ends the reports of this host if nothing of it can wait: its spool has no file, so that no edge writes either. Never raises."""
        with contextlib.suppress(OSError):
            if not layout.files(self._dir):
                leave(self._deps)

    def _is_in_use(self, file: Path) -> bool:
        try:
            return not layout.is_orphan(file)
        except OSError:
            return False

    def _waiting(self) -> int:
        waiting = 0
        for file in layout.files(self._dir):
            with contextlib.suppress(FileNotFoundError, layout.Unreadable):
                waiting += self._positions.waiting(file)
        return waiting

    def _age_of_oldest(self) -> float:
        """Seconds since the receipt of the oldest row that is not stored."""
        now, oldest = to_ms(self._deps.now()), dict[Path, tuple[int, int]]()
        for file in layout.files(self._dir):
            with contextlib.suppress(FileNotFoundError, layout.Unreadable, Malformed):
                stored = self._positions.stored(file)
                known = self._oldest.get(file)
                if known is None or known[0] != stored:
                    known = next(((stored, layout.decode(body).received) for _, body in reader.read(file, stored, 1)), None)
                if known:
                    oldest[file] = known
        self._oldest = oldest
        return round(max([0.0, *((now - received) / 1000 for _, received in oldest.values())]), 1)
