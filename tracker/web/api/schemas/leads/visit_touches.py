"""Schema of the origin of a visit."""

from pydantic import Field

from tracker.domain.leads.visit_touch import VisitTouch
from tracker.web.api.schemas.base import Moment, Out


class VisitTouchOut(Out):
    """Where a visit came from."""

    at: Moment
    page: str = Field(description="The first page, without query", examples=["www.example.com/pricing"])
    summary: str = Field(description="In words", examples=["google / cpc, route planning"])
    campaign: dict[str, str] = Field(description="Campaign parameters: source, medium, campaign, term, content")
    network: str | None = Field(description="The advertising network whose click id the address had", examples=["Google Ads"])
    referrer: str | None = Field(description="The host that linked to the page", examples=["linkedin.com"])
    is_email: bool = Field(description="Whether a link of an email or a personal link led to it")


def visit_touch_out(touch: VisitTouch | None) -> VisitTouchOut | None:
    """The touch as a response."""
    if touch is None:
        return None
    return VisitTouchOut.model_construct(
        at=touch.at,
        page=touch.page,
        summary=touch.summary,
        campaign=touch.campaign,
        network=touch.network or None,
        referrer=touch.referrer or None,
        is_email=touch.is_email,
    )
