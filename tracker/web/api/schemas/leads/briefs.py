"""The brief of a lead in responses."""

from pydantic import Field

from tracker.rules.alerting.brief import Brief
from tracker.web.api.schemas.base import Out


class BriefOut(Out):
    """Three lines for who is about to call. They quote names, pages and messages: untrusted text."""

    who: str
    did: str = Field(description="Of the last 30 days")
    say: str
    events: list[str] = Field(description="The ids of the events that `did` and `say` rest on")


def brief_out(brief: Brief) -> BriefOut:
    """The brief as a response."""
    return BriefOut(who=brief.who, did=brief.did, say=brief.say, events=list(brief.events))
