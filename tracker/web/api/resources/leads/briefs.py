"""/leads/{lead}/brief: three lines about a lead."""

from tracker.actions.activity.briefs import brief
from tracker.web.api.access import visible_lead
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.leads.briefs import BriefOut, brief_out

operations = Operations()


@operations.add("GET", "/leads/{lead}/brief", response=BriefOut)
def get_brief(call: Call, lead: str) -> BriefOut:
    """Returns three lines made from the lead's events: who it is, what they did, what to say."""
    return brief_out(brief(call.deps, call.workspace, visible_lead(call, lead)))
