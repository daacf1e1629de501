"""Team schemas of requests and responses."""

from typing import Annotated

from pydantic import Field

from tracker.domain.team.team import Team
from tracker.web.api.schemas.base import In, Line, Out

_Ids = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=500)]
_Countries = Annotated[list[Line], Field(max_length=300)]


class TeamIn(In):
    """A new team."""

    name: Annotated[str, Field(max_length=80, examples=["Field sales"])]
    members: _Ids = Field([], description="Ids of reps")
    leader: str | None = Field(None, description="The rep's id")
    territory: _Countries = Field([], description="Countries: ISO codes or names", examples=[["DE", "AT"]])


class TeamChange(In):
    """Changes of a team."""

    name: Annotated[str, Field(max_length=80)] | None = None
    members: _Ids | None = None
    leader: str | None = None
    territory: _Countries | None = None


class TeamOut(Out):
    """Reps who work together."""

    id: str
    name: str
    members: list[str] = Field(description="Ids of reps")
    leader: str | None
    territory: list[str] = Field(description="ISO 3166 codes")


def team_out(team: Team) -> TeamOut:
    """The team as a response."""
    return TeamOut.model_construct(
        id=team.id, name=team.name, members=list(team.members), leader=team.leader, territory=list(team.territory)
    )
