"""/leads: list, add, read, change, take, import."""

from typing import Any

from tracker.actions.leads import csv_import, opt_outs
from tracker.actions.leads import leads as actions
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import concealed, may_see, scope
from tracker.store.leads.leads import LeadQuery
from tracker.web.api.access import check_owner, lead_of, told_who_has_it
from tracker.web.api.operations import FILE, Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.leads.leads import ImportOut, ImportQuery, LeadChange, LeadIn, LeadOut, LeadsQuery, RefusedRow, lead_out

operations = Operations()
_KNOWN = "a lead with this email address exists already"
_NEVER_EMPTY = ("email", "name", "stage")


@operations.add("GET", "/leads", query=LeadsQuery, answer=List[LeadOut])
def list_leads(call: Call, query: LeadsQuery) -> List[LeadOut]:
    """Leads, by search, stage, score, source, owner, tag, last seen, next action."""
    asked = LeadQuery(
        search=query.search,
        stage=query.stage,
        score_min=query.score_min,
        score_max=query.score_max,
        source=query.source,
        owner=query.owner,
        tag=query.tag,
        company_id=query.company,
        seen_after=query.seen_after,
        seen_before=query.seen_before,
        no_next_action=query.no_next_action,
        visible_to=scope(call.viewer),
    )
    page = call.here.leads.page(asked, sort=query.sort, cursor=query.cursor, limit=query.limit)
    return List[LeadOut].model_construct(items=[lead_out(lead) for lead in page.items], next=page.next)


def _gives(call: Call, body: LeadIn) -> None:
    check_owner(call, body.owner)


def _still_seen(call: Call, kept: dict[str, Any]) -> None:
    """A lead that has gone to a colleague since is refused as its address would be."""
    found = call.here.leads.find(kept["id"])
    if found is not None and not may_see(call.viewer, found):
        raise concealed(Taken(_KNOWN, kind="lead"))


@operations.add("POST", "/leads", body=LeadIn, answer=LeadOut, status=201, guard=_gives, may_repeat=_still_seen)
def add_lead(call: Call, body: LeadIn) -> LeadOut:
    """Adds a lead; its email address must be new in the workspace."""
    with told_who_has_it(call):
        return lead_out(actions.add_lead(call.deps, call.workspace.id, actor=call.actor, **_values(call, body.given())))


def _imports_for(call: Call, query: ImportQuery, body: bytes) -> None:
    del body
    check_owner(call, query.owner)


@operations.add(
    "POST",
    "/leads/import",
    query=ImportQuery,
    answer=ImportOut,
    file=True,
    largest=FILE,
    guard=_imports_for,
    audit=(AuditAction.IMPORTED,),
)
def import_leads(call: Call, query: ImportQuery, body: bytes) -> ImportOut:
    """Imports leads from a CSV file; what is known already is not doubled."""
    made = csv_import.import_csv(
        call.deps, call.workspace.id, body, source=query.source, owner=query.owner, actor=call.actor, viewer=call.viewer
    )
    call.record(AuditAction.IMPORTED, "leads", **made.counts)
    errors = [RefusedRow(line=e.line, field=e.field, text=e.text) for e in made.errors]
    return ImportOut(added=made.added, updated=made.updated, duplicates=made.duplicates, errors=errors, error_csv=made.error_csv)


@operations.add("GET", "/leads/{lead}", answer=LeadOut)
def get_lead(call: Call, lead: str) -> LeadOut:
    """One lead."""
    return lead_out(lead_of(call, lead))


@operations.add("PATCH", "/leads/{lead}", body=LeadChange, answer=LeadOut)
def change_lead(call: Call, lead: str, body: LeadChange) -> LeadOut:
    """Changes a lead; a new stage moves it, a new next action replaces the open one."""
    lead_of(call, lead)
    check_owner(call, body.owner)
    values = _values(call, body.given())
    opted_out, version = values.pop("opted_out", None), values.pop("version", None)
    for name in _NEVER_EMPTY:
        if name in values and values[name] is None:
            raise Invalid(name, "cannot be emptied")
    with told_who_has_it(call):
        found = actions.change_lead(call.deps, call.workspace.id, lead, version=version, actor=call.actor, **values)
    if opted_out is not None:
        change = opt_outs.opt_out if opted_out else opt_outs.opt_in
        found = change(call.deps, call.workspace.id, lead)
    return lead_out(found)


def _sees(call: Call, lead: str) -> None:
    lead_of(call, lead)


@operations.add("POST", "/leads/{lead}/take", answer=LeadOut, guard=_sees)
def take_lead(call: Call, lead: str) -> LeadOut:
    """The rep whose key it is becomes the owner of a lead that nobody owns."""
    if call.rep is None:
        raise Conflict("this key belongs to no rep, so it cannot own a lead; change the owner instead")
    return lead_out(actions.take(call.deps, call.workspace.id, lead, call.rep))


def _values(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    action = given.get("next_action")
    return given | ({"next_action": action.value(call.zone)} if action else {})
