"""The facts of reports, kept for seconds: the cards of one page are made one by one, and reading 100,000 leads takes as many."""

import threading
import time
from collections.abc import Callable

from tracker.rules.reports.facts import ReportFacts
from tracker.rules.visibility import Viewer, scope

_SECONDS = 20
_MOST = 4
_lock = threading.Lock()
_kept: dict[tuple[object, ...], tuple[float, ReportFacts]] = {}


def recent_facts(viewer: Viewer, read: Callable[[], ReportFacts]) -> ReportFacts:
    """What was read for this viewer's leads in the last seconds, else what `read` returns. One request reads, others wait for it."""
    key = (viewer.workspace.id, viewer.workspace.version, scope(viewer))
    with _lock:
        found = _kept.get(key)
        if found is None or time.monotonic() - found[0] > _SECONDS:
            while len(_kept) >= _MOST:
                del _kept[min(_kept, key=lambda one: _kept[one][0])]
            found = _kept[key] = time.monotonic(), read()
        return found[1]
