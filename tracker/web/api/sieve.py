"""What of the live bus reaches one stream. Asked by the streams of API and console for every message; rules.visibility decides."""

from typing import Any

from tracker.rules.visibility import Viewer, may_hear, scope
from tracker.store.stores import WorkspaceStore


def is_heard(store: WorkspaceStore, viewer: Viewer, kind: str, data: dict[str, Any]) -> bool:
    """Whether this message may reach the viewer; the lead that it names is looked up only for those who see but some leads."""
    name = data.get("lead")
    is_needed = scope(viewer) is not None and isinstance(name, str) and name
    return may_hear(viewer, kind, data, store.leads.find(name) if is_needed and isinstance(name, str) else None)
