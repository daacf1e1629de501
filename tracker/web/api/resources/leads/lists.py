"""/lists: saved lists of leads, and those that every workspace has."""

from typing import Any

from tracker.actions.leads import lists as actions
from tracker.base.errors import Invalid
from tracker.domain.leads.lead_list import LeadList
from tracker.domain.ops.audit import AuditAction
from tracker.rules.conditions.chips import CHIPS
from tracker.rules.conditions.condition import ConditionTerm, parsed, plain, texts_of_value, with_terms
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.leads.leads import LeadOut, lead_out
from tracker.web.api.schemas.leads.lists import ChipOut, ListChange, ListIn, ListLeadsQuery, ListOut, list_out

operations = Operations()


@operations.add("GET", "/chips", response=List[ChipOut])
def list_chips(call: Call) -> List[ChipOut]:
    """Lists the built-in lists with the number of leads that the caller sees in each, as Today, Leads and the board show them."""
    counts = actions.chip_counts(call.deps, call.viewer)
    items = [
        ChipOut.model_construct(id=one.key, name=one.label, description=one.description, leads=counts[one.key]) for one in CHIPS.values()
    ]
    return List[ChipOut].model_construct(items=items, next=None)


@operations.add("GET", "/lists", response=List[ListOut])
def list_lists(call: Call) -> List[ListOut]:
    """Lists the built-in lists (Hot, Going cold, Slipped, Mine, No owner), then the caller's and shared ones by name."""
    found = actions.visible_lists(call.deps, call.viewer)
    return List[ListOut].model_construct(items=[_out(call, one) for one in found], next=None)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    """A list that is private or gone by now is not repeated."""
    actions.visible_list(call.deps, call.viewer, stored["id"])


@operations.add("POST", "/lists", body=ListIn, response=ListOut, status=201, authorize_replay=_authorize_replay)
def add_list(call: Call, body: ListIn) -> ListOut:
    """Saves a list of leads by a condition."""
    values = _values(body.given())
    return _out(call, actions.add_list(call.deps, call.viewer, **values), is_counted=True)


@operations.add("GET", "/lists/{lead_list}", response=ListOut)
def get_list(call: Call, lead_list: str) -> ListOut:
    """Returns one list with the number of its leads."""
    return _out(call, actions.visible_list(call.deps, call.viewer, lead_list), is_counted=True)


@operations.add("PATCH", "/lists/{lead_list}", body=ListChange, response=ListOut)
def change_list(call: Call, lead_list: str, body: ListChange) -> ListOut:
    """Changes a list; shared ones by their owner and admins."""
    values = body.given()
    empty = next((name for name, value in values.items() if value is None and name != "version"), None)
    if empty:
        raise Invalid(empty, "cannot be emptied")
    return _out(call, actions.change_list(call.deps, call.viewer, lead_list, **_values(values)), is_counted=True)


@operations.add("DELETE", "/lists/{lead_list}", status=204, audit=(AuditAction.DELETED,))
def remove_list(call: Call, lead_list: str) -> None:
    """Deletes a list, not its leads."""
    removed = actions.remove_list(call.deps, call.viewer, lead_list)
    call.record(AuditAction.DELETED, f"list “{removed.name}”")


@operations.add("GET", "/lists/{lead_list}/leads", query=ListLeadsQuery, response=List[LeadOut])
def list_leads_of_list(call: Call, lead_list: str, query: ListLeadsQuery) -> List[LeadOut]:
    """Lists the leads of a list that the caller may see."""
    found = actions.visible_list(call.deps, call.viewer, lead_list)
    asked = actions.query_of_list(call.deps, call.viewer, found)
    page = call.store.leads.page(asked, sort=query.sort or found.sort, cursor=query.cursor, limit=query.limit)
    return List[LeadOut].model_construct(items=[lead_out(lead, call.workspace) for lead in page.items], next=page.next)


def _values(given: dict[str, Any]) -> dict[str, Any]:
    values = dict(given)
    if "condition" in values:
        values["condition"] = parsed(values["condition"])
    if "shared" in values:
        values["is_shared"] = values.pop("shared")
    return values


def _out(call: Call, found: LeadList, *, is_counted: bool = False) -> ListOut:
    condition = parsed(found.condition)

    def named(term: ConditionTerm) -> ConditionTerm:
        if term.field != "stage" or isinstance(term.value, bool):
            return term
        names = tuple(call.workspace.stage_name(text) for text in texts_of_value(term.value))
        return ConditionTerm(term.field, term.comparison, names if isinstance(term.value, tuple) else names[0])

    leads = actions.count_of_list(call.deps, call.viewer, found) if is_counted else None
    return list_out(found, plain(with_terms(condition, named)), actions.in_words(call.deps, call.viewer, condition), leads)
