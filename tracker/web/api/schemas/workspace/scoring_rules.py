"""Scoring rule schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.web.api.schemas.base import In, Out


class RuleIn(In):
    """A rule's points; 0 disables it."""

    name: Annotated[str, Field(max_length=60)]
    points: Annotated[int, Field(ge=-1000, le=1000)]


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
