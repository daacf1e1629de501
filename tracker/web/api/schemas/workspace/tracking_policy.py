"""Tracking policy schemas of requests and responses."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.mail.tracking import Tracking
from tracker.domain.workspace.tracking_policy import TrackingPolicy
from tracker.rules.consent import offered
from tracker.web.api.schemas.base import In, Line, Moment, Out

Degree = Literal["off", "links", "full"]


class TrackingPolicyIn(In):
    """What is tracked of leads who have said nothing."""

    own_country: Line = Field(description="The company's country: a name or ISO code; it stands for an unknown country")
    countries: dict[Line, Degree] | None = Field(
        None, max_length=300, description="By name or ISO code; null: off in the EEA, the UK and Switzerland"
    )
    elsewhere: Degree = "full"
    wording: Annotated[str, Field(max_length=1_000)] = Field(
        "", description="Your own text on the tracking-choice page; {company} stands for your name"
    )


class TrackingPolicyOut(Out):
    """The policy, or what is offered while nothing is decided."""

    is_decided: bool = Field(description="false: everything is tracked until an admin decides")
    own_country: str | None
    countries: dict[str, str]
    elsewhere: str
    wording: str
    decided_by: str | None
    decided_at: Moment | None


def tracking_policy_out(policy: TrackingPolicy | None) -> TrackingPolicyOut:
    """The policy as a response."""
    listed = offered() if policy is None else policy.countries
    return TrackingPolicyOut.model_construct(
        is_decided=policy is not None,
        own_country=policy.own_country if policy else None,
        countries={code: degree.value for code, degree in listed.items()},
        elsewhere=(policy.elsewhere if policy else Tracking.FULL).value,
        wording=policy.wording if policy else "",
        decided_by=policy.decided_by if policy else None,
        decided_at=policy.decided_at if policy else None,
    )
