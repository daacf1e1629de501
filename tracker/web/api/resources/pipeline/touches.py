"""/leads/{lead}/touches and /touch-types: what a lead did, or the company for a lead, by a managed list of types."""

from tracker.actions.changes.edits import record_added
from tracker.actions.pipeline import notes
from tracker.base.errors import NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.domain.pipeline.note import TOUCH
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.access import is_history, visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged, to_schema
from tracker.web.api.schemas.pipeline.touches import TouchIn, TouchOut, TouchTypeOut, TouchTypesIn, touch_out, touch_type_of
from tracker.web.api.settings_changes import change_settings

operations = Operations()


@operations.add("GET", "/leads/{lead}/touches", query=Paged, response=List[TouchOut])
def list_touches(call: Call, lead: str, query: Paged) -> List[TouchOut]:
    """Lists the touches of a lead, the one recorded last first."""
    visible_lead(call, lead)
    page = call.store.notes.touches(lead, cursor=query.cursor, limit=query.limit)
    return List[TouchOut].model_construct(items=[touch_out(note) for note in page.items], next=page.next)


def _authorize_add(call: Call, lead: str, body: TouchIn) -> None:
    visible_lead(call, lead)
    is_history(call, body.at, recent=True)


@operations.add("POST", "/leads/{lead}/touches", body=TouchIn, response=TouchOut, status=201, authorize=_authorize_add)
def add_touch(call: Call, lead: str, body: TouchIn) -> TouchOut:
    """Records a touch of a known type; it appears in the timeline of the lead."""
    made = notes.add_touch(
        call.deps,
        call.workspace.id,
        lead=lead,
        type_name=body.type,
        text=body.note or "",
        at=body.at,
        rep=call.rep_id,
        is_imported=is_history(call, body.at, recent=True),
    )
    return touch_out(made, record_added(call.deps, call.workspace.id, lead, call.rep_id, note=made.id))


@operations.add("DELETE", "/leads/{lead}/touches/{touch}", status=204, audit=(AuditAction.DELETED,))
def remove_touch(call: Call, lead: str, touch: str) -> None:
    """Deletes a touch and its event."""
    found = visible_lead(call, lead)
    known = call.store.notes.find(touch)
    if known is None or not call.store.leads.is_one(known.lead, found.id) or known.kind != TOUCH:
        raise NotFound("no such touch")
    notes.remove_note(call.deps, call.workspace.id, touch)
    call.record(AuditAction.DELETED, f"touch “{(known.touch or '')[:60]}”", lead=found.name, lead_id=found.id)


@operations.add("GET", "/touch-types", response=List[TouchTypeOut])
def list_touch_types(call: Call) -> List[TouchTypeOut]:
    """Lists the touch types."""
    return _types(call.workspace)


@operations.add("PUT", "/touch-types", body=TouchTypesIn, response=List[TouchTypeOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_touch_types(call: Call, body: TouchTypesIn) -> List[TouchTypeOut]:
    """Replaces the touch types; recorded touches keep the name of theirs."""
    return _types(change_settings(call, "touches", touch_types=tuple(touch_type_of(one) for one in body.items)))


def _types(workspace: Workspace) -> List[TouchTypeOut]:
    return List[TouchTypeOut](items=[to_schema(TouchTypeOut, one) for one in workspace.touch_types], next=None)
