"""The facts of reports, kept for seconds: the cards of one page are made one by one, and reading 100,000 leads takes as many."""

import threading
import time
from collections.abc import Callable

from tracker.rules.reports.facts import ReportFacts
from tracker.rules.visibility import Viewer, scope

_SECONDS = 20
_MOST = 4
_kept: dict[tuple[object, ...], "_Kept"] = {}


class _Kept:
    """The facts of some leads, and when they were read."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.facts: ReportFacts | None = None
        self.read_at = 0.0


def recent_facts(viewer: Viewer, read: Callable[[], ReportFacts]) -> ReportFacts:
    """What was read for this viewer's leads in the last seconds, else what `read` returns. One request reads, others of these leads wait."""
    key = (viewer.workspace.id, viewer.workspace.version, scope(viewer))
    kept = _kept.setdefault(key, _Kept())
    for old in list(_kept)[:-_MOST]:
        _kept.pop(old, None)
    with kept.lock:
        if kept.facts is None or time.monotonic() - kept.read_at > _SECONDS:
            kept.facts, kept.read_at = read(), time.monotonic()
        return kept.facts
