"""Schemas of campaigns, their audience and their recipients."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from tracker.actions.outreach.audience import AudienceMember
from tracker.actions.outreach.campaigns import LONGEST_PAUSE
from tracker.domain.outreach.campaign import Campaign, CampaignFigures, CampaignRecipient
from tracker.web.api.schemas.base import In, Line, Moment, Out, Version

_Name = Annotated[str, Field(max_length=80, examples=["Spring offer"])]
_Pause = Annotated[int, Field(ge=1, le=LONGEST_PAUSE, description="Minutes between two emails of one sender")]
_LIST = "Of /lists or /chips; the leads of then are taken when it is started"
_SENDER = "`owner` of each lead, or the id of a rep"
_CONSENT = "Leave out leads whose email may not be tracked"


class CampaignIn(In):
    """A new campaign, which is a draft."""

    name: _Name
    list: Line = Field(description=_LIST)
    template: Line
    sender: Line = Field("owner", description=_SENDER)
    needs_consent: bool = Field(False, description=_CONSENT)
    every_minutes: _Pause = 2


class CampaignChange(In):
    """Changes of a draft."""

    name: _Name | None = None
    list: Line | None = Field(None, description=_LIST)
    template: Line | None = None
    sender: Line | None = Field(None, description=_SENDER)
    needs_consent: bool | None = Field(None, description=_CONSENT)
    every_minutes: _Pause | None = None
    version: Version | None = None


class CampaignSwitch(In):
    """What to do with a campaign."""

    state: Literal["running", "paused", "cancelled"] = Field(description="running: start a draft, or resume")


class CampaignOut(Out):
    """A campaign."""

    id: str = Field(description="Its messages have it as `campaign`")
    name: str
    list_name: str
    template: str
    sender: str
    needs_consent: bool
    every_minutes: int
    rep: str | None = Field(description="Who made it; it reaches the leads that this rep may write to")
    state: str = Field(description="draft, running, paused, done or cancelled")
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    version: int


class CampaignFiguresOut(Out):
    """What became of its messages; opens and clicks by programs do not count."""

    waiting: int = Field(description="In the mail queue")
    sent: int
    failed: int
    bounced: int
    opened: int
    clicked: int


class CampaignDetails(CampaignOut):
    """A campaign with its progress."""

    recipients: dict[str, int] = Field(description="How many are waiting, written and left_out")
    figures: CampaignFiguresOut


class AudienceMemberOut(Out):
    """A lead of the list."""

    lead: str
    name: str
    rep: str | None = Field(description="Who writes")
    reason: str = Field(description="Why it is left out; empty: it is written to")


class AudienceOut(Out):
    """Whom a draft would be sent to now."""

    written_to: int
    left_out: int
    items: list[AudienceMemberOut] = Field(description="The first 200")


class RecipientOut(Out):
    """A recipient of a campaign that was started."""

    id: str = Field(description="Also of the message")
    lead: str
    rep: str
    state: str = Field(description="waiting, written or left_out")
    reason: str
    at: Moment


def campaign_out(found: Campaign) -> CampaignOut:
    """The campaign as a response."""
    return CampaignOut.model_construct(**_fields(found))


def campaign_details(found: Campaign, counts: dict[str, int], figures: CampaignFigures) -> CampaignDetails:
    """The campaign with its progress as a response."""
    shown = CampaignFiguresOut.model_construct(**{name: getattr(figures, name) for name in CampaignFiguresOut.model_fields})
    return CampaignDetails.model_construct(**_fields(found), recipients=counts, figures=shown)


def _fields(found: Campaign) -> dict[str, Any]:
    return {name: getattr(found, name) for name in CampaignOut.model_fields if name != "state"} | {"state": found.state.value}


def audience_out(members: Sequence[AudienceMember]) -> AudienceOut:
    """The audience as a response."""
    left_out = sum(bool(one.reason) for one in members)
    return AudienceOut.model_construct(
        written_to=len(members) - left_out,
        left_out=left_out,
        items=[
            AudienceMemberOut.model_construct(lead=one.lead.id, name=one.lead.name, rep=one.rep.id if one.rep else None, reason=one.reason)
            for one in members[:200]
        ],
    )


def recipient_out(found: CampaignRecipient) -> RecipientOut:
    """The recipient as a response."""
    names = [name for name in RecipientOut.model_fields if name != "state"]
    return RecipientOut.model_construct(**{name: getattr(found, name) for name in names}, state=found.state.value)
