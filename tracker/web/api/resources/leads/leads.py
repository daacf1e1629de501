"""/leads: the leads of the workspace."""

from datetime import datetime
from typing import Any

from tracker.actions.assignment.assign import Assigner
from tracker.actions.changes import edits
from tracker.actions.inquiries.record import add_inquiry, checked_inquiry
from tracker.actions.leads import leads as actions
from tracker.actions.leads import lists, opt_outs
from tracker.actions.leads.custom_values import checked_value
from tracker.actions.leads.duplicates import find_same, person_of
from tracker.actions.leads.lookups import EMAIL_TAKEN, NO_SUCH_COMPANY, NO_SUCH_LEAD
from tracker.actions.mail_inbound.outcomes import set_bounced
from tracker.actions.privacy import erase
from tracker.actions.privacy.export import lead_export
from tracker.actions.workspace import sources
from tracker.base.errors import Conflict, Invalid, Taken
from tracker.domain.leads.qualification import Referrer
from tracker.domain.ops.audit import AuditAction
from tracker.rules.conditions.entries import text_entry
from tracker.rules.fit.fit_values import profile_key
from tracker.rules.visibility import concealed, may_see, scope
from tracker.store.leads.lead_fields import FieldFilter
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.access import check_may_set_owner, conceal_conflicts, is_history, visible_company_ids, visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, in_utc
from tracker.web.api.schemas.leads.duplicates import maybe_same_out
from tracker.web.api.schemas.leads.export import LeadExport
from tracker.web.api.schemas.leads.leads import ArchiveIn, LeadChange, LeadIn, LeadOut, lead_out
from tracker.web.api.schemas.leads.leads_query import LeadsQuery

operations = Operations()
_NEVER_EMPTY = ("email", "name", "stage")


@operations.add("GET", "/leads", query=LeadsQuery, response=List[LeadOut])
def list_leads(call: Call, query: LeadsQuery) -> List[LeadOut]:
    """Lists leads by search, stage, score, quadrant, source, owner, tag, fit values, last seen, next action or list; or archived ones."""
    asked = LeadQuery(
        search=query.search,
        stage=_stage(call, query.stage),
        score_min=query.score_min,
        score_max=query.score_max,
        source=sources.current_name(call.deps, call.workspace.id, query.source) if query.source else None,
        owner=query.owner,
        tag=query.tag,
        company_id=query.company,
        entries=_entries(query),
        seen_after=in_utc("seen_after", query.seen_after),
        seen_before=in_utc("seen_before", query.seen_before),
        no_next_action=query.no_next_action,
        is_archived=query.archived,
        quadrant=query.quadrant,
        profile=_profile(query),
        field=_field(call, query),
        test=lists.query_of_list(call.deps, call.viewer, lists.visible_list(call.deps, call.viewer, query.list)).test
        if query.list
        else None,
        visible_to=scope(call.viewer),
    )
    page = call.store.leads.page(asked, sort=_sort(call, query.sort), cursor=query.cursor, limit=query.limit)
    return List[LeadOut].model_construct(items=[lead_out(lead, call.workspace) for lead in page.items], next=page.next)


def _entries(query: LeadsQuery) -> tuple[str, ...]:
    given = {"category": query.category, "buying_role": query.buying_role, "referred_by": query.referred_by}
    return tuple(text_entry(field, value) for field, value in given.items() if value)


def _stage(call: Call, text: str | None) -> str | None:
    """The id of the stage with this name; an unknown name matches no lead."""
    found = call.workspace.stage_named(text) if text else None
    return found.id if found else text


def _field(call: Call, query: LeadsQuery) -> FieldFilter | None:
    """The condition on a custom field; values are read as those of its kind."""
    values = {"value": query.field_is, "least": query.field_from, "most": query.field_to}
    if query.field is None:
        if any(values.values()):
            raise Invalid("field", "is missing")
        return None
    field = call.workspace.custom_field(query.field)
    if field is None:
        return FieldFilter(query.field, **values)
    return FieldFilter(field.name, **{name: checked_value(field, value) if value else None for name, value in values.items()})


def _sort(call: Call, text: str) -> str:
    """With the present name of a custom field."""
    head, is_field, name = text.partition("field:")
    field = call.workspace.custom_field(name) if is_field else None
    return f"{head}field:{field.name}" if field else text


def _profile(query: LeadsQuery) -> tuple[str, ...]:
    values = {"industry": query.industry, "size": query.size, "budget": query.budget, "location": query.country}
    return tuple(profile_key(field, value) for field, value in values.items() if value)


def _authorize_add(call: Call, body: LeadIn) -> None:
    check_may_set_owner(call, body.owner)
    is_history(call, body.created_at)
    is_history(call, body.inquiry.at if body.inquiry else None, recent=True)


def _authorize_replay(call: Call, stored: dict[str, Any]) -> None:
    """Refuses, as a taken email address, a lead that has moved to a colleague since."""
    found = call.store.leads.find(stored["id"])
    if found is not None and not may_see(call.viewer, found):
        raise concealed(Taken(EMAIL_TAKEN, kind="lead"))


@operations.add("POST", "/leads", body=LeadIn, response=LeadOut, status=201, authorize=_authorize_add, authorize_replay=_authorize_replay)
def add_lead(call: Call, body: LeadIn) -> LeadOut:
    """Adds a lead; its email address must be new in the workspace. With an inquiry, a lead with this address receives it.

    Without `owner`, the assignment rules choose one; with null there is none.
    """
    given = body.given()
    asked = given.pop("inquiry", None)
    inquiry = checked_inquiry(asked.value(), call.deps.now()) if asked else None
    assigner = None if "owner" in given else Assigner(call.deps, call.workspace)
    with conceal_conflicts(call):
        try:
            lead = actions.add_lead(call.deps, call.workspace.id, actor=call.rep_id, assigner=assigner, **_values(call, given))
        except Taken as taken:
            known = call.store.leads.find(taken.record) if taken.record else None
            if inquiry is None or known is None or not may_see(call.viewer, known):
                raise
            is_past = is_history(call, inquiry.at, recent=True)
            lead = known if is_past else Assigner(call.deps, call.workspace).assign_known(known)
    if inquiry is not None:
        add_inquiry(call.deps, call.workspace, lead, inquiry, is_imported=is_history(call, inquiry.at, recent=True))
    same = find_same(call.deps, call.workspace, person_of(lead), scope(call.viewer))
    return lead_out(lead, call.workspace).model_copy(update={"may_be_duplicates": [maybe_same_out(one) for one in same] or None})


@operations.add("GET", "/leads/{lead}", response=LeadOut)
def get_lead(call: Call, lead: str) -> LeadOut:
    """Returns one lead."""
    return lead_out(visible_lead(call, lead), call.workspace)


@operations.add("PATCH", "/leads/{lead}", body=LeadChange, response=LeadOut)
def change_lead(call: Call, lead: str, body: LeadChange) -> LeadOut:
    """Changes a lead; a new stage moves the lead, a new next action replaces the open one."""
    visible_lead(call, lead)
    check_may_set_owner(call, body.owner)
    values = _values(call, body.given())
    opted_out, bounced, version = (values.pop(name, None) for name in ("opted_out", "bounced", "version"))
    for name in _NEVER_EMPTY:
        if name in values and values[name] is None:
            raise Invalid(name, "cannot be emptied")
    with conceal_conflicts(call):
        edited = edits.edit_lead(call.deps, call.workspace.id, lead, version=version, actor=call.rep_id, **values)
    found = edited.lead
    if opted_out is not None:
        change = opt_outs.opt_out if opted_out else opt_outs.opt_in
        found = change(call.deps, call.workspace.id, lead)
    if bounced is not None:
        found = set_bounced(call.deps, call.workspace.id, lead, is_bounced=bounced)
    return lead_out(found, call.workspace, edited.change)


@operations.add("DELETE", "/leads/{lead}", status=204, admin=True, audit=(AuditAction.DELETED,))
def erase_lead(call: Call, lead: str) -> None:
    """Erases a lead with everything about it, for good: mail, events, visits, notes, alerts."""
    erase.erase_lead(call.deps, call.workspace.id, lead, call.audit_actor)


@operations.add("GET", "/leads/{lead}/export", response=LeadExport, audit=(AuditAction.EXPORTED,))
def export_lead(call: Call, lead: str) -> LeadExport:
    """Returns everything that is stored about a lead."""
    visible_lead(call, lead)
    found = LeadExport.model_construct(**lead_export(call.deps, call.workspace.id, lead))
    call.record(AuditAction.EXPORTED, "lead", id=lead)
    return found


def _authorize_archive(call: Call, lead: str, body: ArchiveIn) -> None:
    visible_lead(call, lead)
    is_history(call, body.at)


def _authorize_lead(call: Call, lead: str) -> None:
    visible_lead(call, lead)


@operations.add("POST", "/leads/{lead}/take", response=LeadOut, authorize=_authorize_lead)
def take_lead(call: Call, lead: str) -> LeadOut:
    """Makes the rep of the key the owner of a lead without an owner."""
    if call.rep is None:
        raise Conflict("this key belongs to no rep and cannot own a lead; change the owner instead")
    edited = edits.take_lead(call.deps, call.workspace.id, lead, call.rep)
    return lead_out(edited.lead, call.workspace, edited.change)


@operations.add("POST", "/leads/{lead}/archive", body=ArchiveIn, response=LeadOut, authorize=_authorize_archive)
def archive_lead(call: Call, lead: str, body: ArchiveIn) -> LeadOut:
    """Archives a lead: it is left out of lists, counts and alerts; an inquiry still raises an alert."""
    return _archived(call, lead, is_archived=True, at=body.at)


@operations.add("POST", "/leads/{lead}/restore", response=LeadOut, authorize=_authorize_lead)
def restore_lead(call: Call, lead: str) -> LeadOut:
    """Restores an archived lead."""
    return _archived(call, lead, is_archived=False)


def _values(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    action, value = given.get("next_action"), given.get("value")
    if given.get("referred_by"):
        given["referred_by"] = _referrer(call, given["referred_by"].value())
    if given.get("dated_facts"):
        given["dated_facts"] = tuple(fact.value() for fact in given["dated_facts"])
    return given | ({"next_action": action.value(call.timezone)} if action else {}) | ({"value": value.value()} if value else {})


def _referrer(call: Call, referrer: Referrer) -> Referrer:
    """Raises Invalid for a lead or company that the caller may not see, as for one that does not exist."""
    found = call.store.leads.find(referrer.lead) if referrer.lead else None
    if found is not None and not may_see(call.viewer, found):
        raise Invalid("referred_by.lead", NO_SUCH_LEAD)
    company = call.store.companies.find(referrer.company) if referrer.company else None
    if company is not None and not visible_company_ids(call, [company]):
        raise Invalid("referred_by.company", NO_SUCH_COMPANY)
    return referrer


def _archived(call: Call, lead: str, *, is_archived: bool, at: datetime | None = None) -> LeadOut:
    edited = edits.archive(call.deps, call.workspace.id, lead, actor=call.rep_id, is_archived=is_archived, at=at)
    return lead_out(edited.lead, call.workspace, edited.change)
