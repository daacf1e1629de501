"""The tool brief: three lines about a lead."""

from pydantic import Field

from tracker.actions.activity import briefs
from tracker.web.api.mcp.lookup import OfLead, lead_meant
from tracker.web.api.mcp.tool import Tools
from tracker.web.api.mcp.untrusted import safe_text
from tracker.web.api.operations import Call
from tracker.web.api.schemas.base import Out

tools = Tools()

_LONGEST = 600


class BriefTexts(Out):
    """The lines; they quote names, pages and messages."""

    who: str | None
    did: str | None = Field(description="In the last 30 days")
    say: str | None


class BriefShown(Out):
    """Three lines about a lead."""

    lead_id: str
    event_ids: list[str] = Field(description="The events that the lines rest on")
    untrusted: BriefTexts


@tools.add("Brief", OfLead, BriefShown)
def brief(call: Call, asked: OfLead) -> BriefShown:
    """Returns three lines made from a lead's events: who it is, what they did, what to say. Ask for it before a call."""
    lead = lead_meant(call, asked.lead)
    found = briefs.brief(call.deps, call.workspace, lead)
    who, did, say = (safe_text(line, _LONGEST) for line in found.lines)
    return BriefShown(lead_id=lead.id, event_ids=list(found.events), untrusted=BriefTexts(who=who, did=did, say=say))
