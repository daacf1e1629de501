"""/leads/{lead}/duplicates: leads that may be the same person. No machine merges them."""

from tracker.actions.leads import duplicates as actions
from tracker.rules.visibility import scope
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.leads.duplicates import DuplicateOut, NotSameIn, duplicate_out

operations = Operations()


@operations.add("GET", "/leads/{lead}/duplicates", response=List[DuplicateOut])
def list_duplicates(call: Call, lead: str) -> List[DuplicateOut]:
    """Lists leads that may be the same person, and that the caller may see; without dismissed ones."""
    return _out(call, lead)


def _authorize(call: Call, lead: str, body: NotSameIn) -> None:
    for one in (lead, *body.leads):
        visible_lead(call, one)


@operations.add("POST", "/leads/{lead}/duplicates/dismiss", body=NotSameIn, response=List[DuplicateOut], authorize=_authorize)
def dismiss_duplicates(call: Call, lead: str, body: NotSameIn) -> List[DuplicateOut]:
    """Notes that these leads are other persons; they are not listed as duplicates of it again. Returns those that are left."""
    actions.dismiss(call.deps, call.workspace.id, lead, body.leads, call.rep_id)
    return _out(call, lead)


def _out(call: Call, lead: str) -> List[DuplicateOut]:
    person = actions.person_of(visible_lead(call, lead))
    found = actions.find_same(call.deps, call.workspace, person, scope(call.viewer))
    return List[DuplicateOut].model_construct(items=[duplicate_out(one) for one in found], next=None)
