"""Scoring rule schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import In, Line, Out


class RuleIn(In):
    """A rule's points; 0 disables it."""

    name: Annotated[str, Field(max_length=60)]
    points: Annotated[int, Field(ge=-1000, le=1000)]
    fits: Annotated[list[Line], Field(max_length=300)] | None = Field(
        None, description="Of fit rules: the values that fit; without it they stay. While no rule has any, all leads are unrated"
    )


class RulesIn(In):
    """Points that differ from the defaults; rules left out return to their defaults."""

    items: list[RuleIn] = Field(max_length=200)


class RuleOut(Out):
    """A scoring rule."""

    name: str
    points: int
    default: int
    side: str = Field(description="fit or engagement")
    why: str
    fits: list[str] | None = Field(description="Of fit rules: the values that fit; null for engagement")
