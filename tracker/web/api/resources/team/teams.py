"""/teams: the teams of the workspace. Admins change them."""

from typing import Any

from tracker.actions.workspace import teams as actions
from tracker.base.errors import Invalid, NotFound
from tracker.domain.ops.audit import AuditAction
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.team.teams import TeamChange, TeamIn, TeamOut, team_out

operations = Operations()
_CHANGES = (AuditAction.TEAM_CHANGED,)


@operations.add("GET", "/teams", response=List[TeamOut])
def list_teams(call: Call) -> List[TeamOut]:
    """Lists teams in the order in which they were added."""
    return List[TeamOut].model_construct(items=[team_out(team) for team in call.workspace.teams], next=None)


@operations.add("POST", "/teams", body=TeamIn, response=TeamOut, status=201, admin=True, audit=_CHANGES)
def add_team(call: Call, body: TeamIn) -> TeamOut:
    """Adds a team."""
    made = actions.add_team(call.deps, call.workspace.id, **body.given())
    call.record(AuditAction.TEAM_CHANGED, made.name, members=str(len(made.members)))
    return team_out(made)


@operations.add("GET", "/teams/{team}", response=TeamOut)
def get_team(call: Call, team: str) -> TeamOut:
    """Returns one team."""
    found = next((one for one in call.workspace.teams if one.id == team), None)
    if found is None:
        raise NotFound("no such team")
    return team_out(found)


@operations.add("PATCH", "/teams/{team}", body=TeamChange, response=TeamOut, admin=True, audit=_CHANGES)
def change_team(call: Call, team: str, body: TeamChange) -> TeamOut:
    """Changes a team; `leader` may be emptied."""
    values: dict[str, Any] = body.given()
    empty = next((name for name, value in values.items() if value is None and name != "leader"), None)
    if empty:
        raise Invalid(empty, "cannot be emptied")
    changed = actions.change_team(call.deps, call.workspace.id, team, **values)
    call.record(AuditAction.TEAM_CHANGED, changed.name, members=str(len(changed.members)))
    return team_out(changed)


@operations.add("DELETE", "/teams/{team}", status=204, admin=True, audit=_CHANGES)
def remove_team(call: Call, team: str) -> None:
    """Removes a team; its members stay reps."""
    removed = actions.remove_team(call.deps, call.workspace.id, team)
    call.record(AuditAction.TEAM_CHANGED, removed.name, removed="yes")
