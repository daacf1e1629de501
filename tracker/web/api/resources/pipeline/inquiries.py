"""/inquiries: inquiries of leads, with the clock of the first contact; and those that wait because of a form's daily limit."""

from tracker.actions.assignment.assign import Assigner
from tracker.actions.inquiries import daily_limit
from tracker.actions.inquiries.record import add_inquiry, checked_inquiry
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.access import is_history, visible_lead
from tracker.web.api.lists import list_lead_records
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import LeadRecordsQuery, List, to_schema
from tracker.web.api.schemas.leads.leads import InquiryIn
from tracker.web.api.schemas.pipeline.inquiries import HeldInquiryOut, InquiryOut, ReleaseIn, held_out

operations = Operations()


@operations.add("GET", "/inquiries", query=LeadRecordsQuery, response=List[InquiryOut])
def list_inquiries(call: Call, query: LeadRecordsQuery) -> List[InquiryOut]:
    """Lists inquiries, newest first, with when the first contact was due and made."""
    return list_lead_records(call, InquiryOut, call.store.inquiries, query)


def _authorize_add(call: Call, lead: str, body: InquiryIn) -> None:
    visible_lead(call, lead)
    is_history(call, body.at, recent=True)


@operations.add("POST", "/leads/{lead}/inquiries", body=InquiryIn, response=InquiryOut, status=201, authorize=_authorize_add)
def add_lead_inquiry(call: Call, lead: str, body: InquiryIn) -> InquiryOut:
    """Adds an inquiry of a lead; one that is not history alerts, starts the clock, and gives a lead without an owner one by the rules."""
    found, given = visible_lead(call, lead), checked_inquiry(body.value(), call.deps.now())
    is_past = is_history(call, given.at, recent=True)
    if not is_past:
        found = Assigner(call.deps, call.workspace).assign_known(found)
    return to_schema(InquiryOut, add_inquiry(call.deps, call.workspace, found, given, is_imported=is_past))


@operations.add("GET", "/inquiries/held", response=List[HeldInquiryOut], admin=True)
def list_held_inquiries(call: Call) -> List[HeldInquiryOut]:
    """Lists the last 200 inquiries that make no leads because their form reached its daily limit, newest first."""
    return _held(call)


@operations.add(
    "POST", "/inquiries/held/release", body=ReleaseIn, response=List[HeldInquiryOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,)
)
def release_held_inquiries(call: Call, body: ReleaseIn) -> List[HeldInquiryOut]:
    """Makes leads of held inquiries, within a minute; returns those that are still held."""
    found = [one for one in call.store.held_inquiries.by_ids(body.inquiries).values() if one.released_at is None]
    daily_limit.release(call.deps, call.workspace.id, found)
    call.record(AuditAction.SETTINGS_CHANGED, "held inquiries", released=str(len(found)))
    return _held(call)


def _held(call: Call) -> List[HeldInquiryOut]:
    shown = daily_limit.held_with_values(call.store)
    return List[HeldInquiryOut].model_construct(items=[held_out(one, values) for one, _, values in shown], next=None)
