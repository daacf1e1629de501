"""Teams: adding, changing and removing them. They are part of the workspace."""

from collections.abc import Iterable

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.team import rights_changes
from tracker.base.countries import code_of
from tracker.base.errors import Conflict, Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.team.team import Team

_MOST = 100


def add_team(
    deps: Deps, workspace: str, *, name: str, members: Iterable[str] = (), leader: str | None = None, territory: Iterable[str] = ()
) -> Team:
    """Adds a team. `members` and `leader` are ids of reps, `territory` codes or names of countries. Raises Invalid, Conflict."""
    team = Team(id=new_id(), name="", members=(), leader=None, territory=())
    return _save(deps, workspace, team, {"name": name, "members": members, "leader": leader, "territory": territory})


def change_team(deps: Deps, workspace: str, team: str, **values: object) -> Team:
    """Changes name, members, leader or territory. Raises NotFound, Invalid, Conflict."""
    found = next((one for one in deps.store.workspaces.get(workspace).teams if one.id == team), None)
    if found is None:
        raise NotFound("no such team")
    return _save(deps, workspace, found, values)


def remove_team(deps: Deps, workspace: str, team: str) -> Team:
    """Removes a team; its members stay reps. Returns it. Raises NotFound."""
    known = deps.store.workspaces.get(workspace)
    found = next((one for one in known.teams if one.id == team), None)
    if found is None:
        raise NotFound("no such team")
    kept = tuple(one for one in known.teams if one.id != team)
    deps.store.workspaces.change(workspace, version=known.version, teams=kept)
    rights_changes.changed(deps, workspace)
    return found


def _save(deps: Deps, workspace: str, team: Team, values: dict[str, object]) -> Team:
    known = deps.store.workspaces.get(workspace)
    others = tuple(one for one in known.teams if one.id != team.id)
    if len(others) >= _MOST:
        raise Invalid("teams", f"must be {_MOST} at most")
    new = msgspec.structs.replace(team, **{name: _checked(deps, workspace, name, value) for name, value in values.items()})
    if any(one.name.casefold() == new.name.casefold() for one in others):
        raise Conflict("another team has this name")
    teams = tuple(new if one.id == new.id else one for one in known.teams) if len(others) < len(known.teams) else (*others, new)
    deps.store.workspaces.change(workspace, version=known.version, teams=teams)
    rights_changes.changed(deps, workspace)
    return new


def _checked(deps: Deps, workspace: str, name: str, value: object) -> object:
    if name == "name":
        return checks.line("name", str(value), longest=80)
    if name == "leader":
        return _rep(deps, workspace, "leader", str(value)) if value else None
    if not isinstance(value, Iterable):
        raise Invalid(name, "cannot be changed")
    check = {"members": lambda one: _rep(deps, workspace, "members", one), "territory": _country}.get(name)
    if check is None:
        raise Invalid(name, "cannot be changed")
    return tuple(dict.fromkeys(check(str(one)) for one in value))


def _rep(deps: Deps, workspace: str, field: str, rep: str) -> str:
    if deps.store.of(workspace).reps.find(rep) is None:
        raise Invalid(field, f"“{rep[:40]}” is not a rep of this workspace")
    return rep


def _country(text: str) -> str:
    code = code_of(text)
    if not code:
        raise Invalid("territory", f"“{text[:60]}” is not a country; use a name or an ISO code such as DE")
    return code
