"""/leads/{lead}/consent and /consents: what leads allow to be tracked, with the proof."""

from tracker.actions.privacy.consents import set_consent
from tracker.domain.leads.consent import PROGRAM
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import scope
from tracker.store.leads.lead_query import LeadQuery
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged
from tracker.web.api.schemas.leads.consents import ConsentEntryOut, ConsentIn, LeadConsentOut, consent_entry_out, lead_consent_out
from tracker.web.api.schemas.leads.leads import LeadOut, lead_out

operations = Operations()


@operations.add("PUT", "/leads/{lead}/consent", body=ConsentIn, response=LeadOut, audit=(AuditAction.CONSENT_CHANGED,))
def change_consent(call: Call, lead: str, body: ConsentIn) -> LeadOut:
    """Records what a lead said of tracking; earlier states stay in the history."""
    old = visible_lead(call, lead)
    found = set_consent(call.deps, call.workspace.id, lead, state=body.state, how=body.how, wording=body.wording, by=call.rep_id or PROGRAM)
    states = (old.tracking_consent.state.value, found.tracking_consent.state.value)
    call.record(AuditAction.CONSENT_CHANGED, found.name, old=states[0], new=states[1], how=body.how, lead_id=lead)
    return lead_out(found, call.workspace)


@operations.add("GET", "/leads/{lead}/consent", response=List[ConsentEntryOut])
def list_consent_history(call: Call, lead: str) -> List[ConsentEntryOut]:
    """Lists what the lead said of tracking, newest first."""
    visible_lead(call, lead)
    rows = call.store.consents.of_lead(lead)
    return List[ConsentEntryOut].model_construct(items=[consent_entry_out(row) for row in rows], next=None)


@operations.add("GET", "/consents", query=Paged, response=List[LeadConsentOut])
def list_consents(call: Call, query: Paged) -> List[LeadConsentOut]:
    """Lists the consent of all leads with its proof, newest lead first."""
    wanted = LeadQuery(visible_to=scope(call.viewer))
    page = call.store.leads.page(wanted, sort="-created", cursor=query.cursor, limit=query.limit)
    policy = call.workspace.tracking_policy
    items = [lead_consent_out(lead, policy) for lead in page.items]
    return List[LeadConsentOut].model_construct(items=items, next=page.next)
