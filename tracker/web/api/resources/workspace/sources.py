"""/sources: where leads come from."""

from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import scope
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.sources import SourceOut, SourcesIn
from tracker.web.api.settings_changes import change_settings

operations = Operations()


@operations.add("GET", "/sources", response=List[SourceOut])
def list_sources(call: Call) -> List[SourceOut]:
    """Lists sources with their number of leads, including sources that only leads have."""
    return _sources(call, call.workspace)


@operations.add("PUT", "/sources", body=SourcesIn, response=List[SourceOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_sources(call: Call, body: SourcesIn) -> List[SourceOut]:
    """Replaces the list of sources; the sources of leads do not change."""
    return _sources(call, change_settings(call, "sources", sources=body.items))


def _sources(call: Call, workspace: Workspace) -> List[SourceOut]:
    counts = call.store.leads.counts_by("source", visible_to=scope(call.viewer))
    names = list(dict.fromkeys([*workspace.sources, *sorted(name for name in counts if name)]))
    return List[SourceOut](items=[SourceOut(name=name, leads=counts.get(name, 0)) for name in names], next=None)
