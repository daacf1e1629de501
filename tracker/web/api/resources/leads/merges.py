"""/leads/{lead}/merge and /merged: two leads that are one person, and taking it back."""

from tracker.actions.merging import merge as actions
from tracker.base.errors import NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.rules.visibility import may_merge
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.leads.leads import LeadOut, lead_out
from tracker.web.api.schemas.leads.merges import MergedOut, MergeIn, merged_out

operations = Operations()


def _authorize(call: Call, lead: str, body: MergeIn) -> None:
    if not may_merge(call.viewer, visible_lead(call, lead), visible_lead(call, body.other)):
        raise NotFound("no such lead")


@operations.add("POST", "/leads/{lead}/merge", body=MergeIn, response=LeadOut, audit=(AuditAction.LEADS_MERGED,), authorize=_authorize)
def merge_leads(call: Call, lead: str, body: MergeIn) -> LeadOut:
    """Merges another lead with this one, which answers for both from then on. Nothing is rewritten; it can be taken back at any time."""
    chosen = [name for name, whose in body.values.items() if whose == "merged"]
    other = visible_lead(call, body.other)
    kept = actions.merge(call.deps, call.workspace.id, lead, other.id, chosen=chosen, rep=call.rep_id, version=body.version)
    call.record(AuditAction.LEADS_MERGED, kept.name, lead=other.name, lead_id=kept.id)
    return lead_out(kept, call.workspace)


@operations.add("GET", "/leads/{lead}/merged", response=List[MergedOut])
def list_merged(call: Call, lead: str) -> List[MergedOut]:
    """Lists the leads that were merged with this one, the first merge first."""
    found = actions.merged_leads(call.deps, visible_lead(call, lead))
    return List[MergedOut].model_construct(items=[merged_out(one) for one in found], next=None)


@operations.add("DELETE", "/leads/{lead}/merged/{merged}", status=204, audit=(AuditAction.LEADS_PARTED,))
def part_leads(call: Call, lead: str, merged: str) -> None:
    """Takes a merge back: both leads are as if they never were merged; what was edited since stays with the lead that was kept."""
    kept = visible_lead(call, lead)
    known = next((one for one in actions.merged_leads(call.deps, kept) if one.id == merged), None)
    if known is None:
        raise NotFound("no such merged lead")
    actions.unmerge(call.deps, call.workspace.id, merged)
    call.record(AuditAction.LEADS_PARTED, kept.name, lead=known.name, lead_id=kept.id)
