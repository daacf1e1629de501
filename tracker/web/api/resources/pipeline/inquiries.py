"""/inquiries: inquiries of leads, with the clock of the first contact."""

from tracker.web.api.lists import list_lead_records
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import LeadRecordsQuery, List
from tracker.web.api.schemas.pipeline.inquiries import InquiryOut

operations = Operations()


@operations.add("GET", "/inquiries", query=LeadRecordsQuery, response=List[InquiryOut])
def list_inquiries(call: Call, query: LeadRecordsQuery) -> List[InquiryOut]:
    """Lists inquiries, newest first, with when the first contact was due and made."""
    return list_lead_records(call, InquiryOut, call.store.inquiries, query)
