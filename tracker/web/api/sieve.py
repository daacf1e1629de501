"""What of the live bus reaches one stream. Asked by the streams of API and console for every message; rules.visibility decides."""

import time
from typing import Any

from pymongo.errors import PyMongoError

from tracker.domain.leads import Lead
from tracker.rules.visibility import Viewer, may_hear, scope
from tracker.store.stores import WorkspaceStore

_KEPT_SECONDS = 1.0
"""For so long a lead that was looked up serves all streams of this process: many streams hear the same message at once."""
_MOST_KEPT = 5_000
_kept: dict[tuple[str, str], tuple[float, Lead | None]] = {}


def is_heard(store: WorkspaceStore, viewer: Viewer, kind: str, data: dict[str, Any]) -> bool:
    """Whether this message may reach the viewer. Only for those who see but some leads, the lead that it names is looked up.

    While MongoDB is away they hear nothing about leads. Never raises.
    """
    name = data.get("lead")
    is_needed = scope(viewer) is not None and isinstance(name, str) and name
    return may_hear(viewer, kind, data, _lead(store, str(name)) if is_needed else None)


def _lead(store: WorkspaceStore, lead: str) -> Lead | None:
    key, now = (store.workspace, lead), time.monotonic()
    until, found = _kept.get(key, (0.0, None))
    if until > now:
        return found
    try:
        found = store.leads.find(lead)
    except PyMongoError:
        return None
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = (now + _KEPT_SECONDS, found)
    return found
