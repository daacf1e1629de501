"""Teams and managers: what they see through the API and the console, and keys that reach less far."""

from datetime import timedelta

import pytest

from tests.api.samples import body_of
from tests.authorization.rights import ADMIN, LEAD, OPERATIONS, OWN_ADMIN
from tests.authorization.test_matrix_api import ALL, call_of, send
from tests.authorization.world import Caller, World
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, reps
from tracker.actions.workspace import teams
from tracker.domain.team.api_key import KeyScope
from tracker.domain.team.rep import Role


@pytest.fixture
def manager(world: World, deps: Deps) -> Caller:
    """The manager of a team with Ivo, while reps see only their own leads."""
    rep = reps.add_rep(deps, world.workspace.id, email="max@us.example", name="Max", role=Role.MANAGER)
    assert world.ivo.rep
    teams.add_team(deps, world.workspace.id, name="North", members=[world.ivo.rep.id], leader=rep.id)
    return Caller(world.rosa.app, deps, rep, api_keys.new_key(deps, world.workspace.id, rep=rep.id)[1])


def test_a_manager_sees_the_teams_leads_and_no_others(world: World, manager: Caller) -> None:
    """Ivo's records and those without an owner; Rosa's are not found; operations of admins are refused."""
    wrong = []
    for operation in ALL:
        right = OPERATIONS[call_of(operation)]
        if right is LEAD and operation.method == "GET":
            own, foreign = send(manager, operation, world.his)[0], send(manager, operation, world.hers)
            wrong += [(call_of(operation), own, foreign[0])] if (own, foreign[0]) != (200, 404) else []
        if right in (ADMIN, OWN_ADMIN):
            wrong += [call_of(operation)] if send(manager, operation, world.his)[0] not in (403, 404) else []
    assert wrong == []

    listed = manager.api("GET", "/leads").text
    assert world.his.mark in listed
    assert world.unowned.mark in listed
    assert world.hers.mark not in listed
    page = manager.page("GET", "/leads").text
    assert world.his.mark in page
    assert world.hers.mark not in page
    assert manager.page("GET", f"/leads/{world.hers.ids['lead']}").status_code == 404
    assert manager.page("GET", "/settings/team").status_code == 403


def test_a_manager_assigns_within_the_team(world: World, manager: Caller) -> None:
    """To Ivo and to no one, not to Rosa, whose leads the manager does not see."""
    lead = world.his.ids["lead"]
    assert world.rosa.rep
    assert world.ivo.rep
    assert manager.api("PATCH", f"/leads/{lead}", {"owner": world.rosa.rep.id}).status_code == 403
    assert manager.api("PATCH", f"/leads/{lead}", {"owner": None}).status_code == 200
    assert manager.api("PATCH", f"/leads/{lead}", {"owner": world.ivo.rep.id}).status_code == 200


def test_a_change_of_the_team_counts_at_once(world: World, manager: Caller, deps: Deps) -> None:
    """With Rosa in the team her leads appear; without a team only own ones do."""
    assert world.rosa.rep
    path, team = f"/leads/{world.hers.ids['lead']}", deps.store.workspaces.get(world.workspace.id).teams[-1].id
    assert manager.api("GET", path).status_code == 404
    assert world.ada.api("PATCH", f"/teams/{team}", {"members": [world.rosa.rep.id]}).status_code == 200
    assert manager.api("GET", path).status_code == 200
    assert world.ada.api("DELETE", f"/teams/{team}").status_code == 204
    assert manager.api("GET", path).status_code == 404


@pytest.mark.parametrize("who", ["ada", "program"])
def test_a_key_that_reads_changes_nothing(world: World, deps: Deps, who: str) -> None:
    """403 for every operation but GET with the scope `read`, and for those of admins with `write`."""
    rep = world.ada.rep if who == "ada" else None
    reading, writing = (
        Caller(world.ada.app, deps, rep, api_keys.new_key(deps, world.workspace.id, rep=rep.id if rep else None, scope=scope)[1])
        for scope in (KeyScope.READ, KeyScope.WRITE)
    )
    wrong = []
    for operation in ALL:
        is_admins = OPERATIONS[call_of(operation)] is ADMIN
        read = send(reading, operation, world.hers)[0]
        if (read == 403) != (operation.method != "GET" or is_admins):
            wrong.append((call_of(operation), "read", read))
        if is_admins and send(writing, operation, world.hers)[0] != 403:
            wrong.append((call_of(operation), "write"))
    assert wrong == []
    body = body_of("POST /leads", {}) | {"email": f"{who}@new.example"}
    assert writing.api("POST", "/leads", body).status_code == 201
    assert writing.api("PATCH", f"/reps/{world.hers.ids['rep']}", {"role": "admin"}).status_code == 403


def test_a_key_expires(world: World, deps: Deps) -> None:
    """It works until then, and is invalid afterwards."""
    _, text = api_keys.new_key(deps, world.workspace.id, days=1)
    found = api_keys.find(deps, text)
    assert found is not None
    assert found.expires_at is not None
    deps.store.database.api_keys.update_one({"_id": found.id}, {"$set": {"expires_at": deps.now() - timedelta(seconds=1)}})

    assert api_keys.find(deps, text) is None
    assert Caller(world.ada.app, deps, None, text).api("GET", "/leads").status_code == 401


def test_the_hand_over_gives_everything_to_a_colleague(world: World, deps: Deps) -> None:
    """Leads, open tasks and unseen alerts; the key and the sessions end, and the team is left."""
    here, ivo, rosa = deps.store.of(world.workspace.id), world.ivo, world.rosa.rep
    assert ivo.rep
    assert rosa
    teams.add_team(deps, world.workspace.id, name="South", members=[ivo.rep.id], leader=ivo.rep.id)
    path = f"/reps/{ivo.rep.id}/deactivate"
    assert world.ada.api("POST", path, {"to": ivo.rep.id}).status_code == 422
    assert world.ada.api("POST", path, {"to": "f" * 32}).status_code == 404
    assert ivo.api("GET", "/leads").status_code == 200

    answer = world.ada.api("POST", path, {"to": rosa.id})

    assert (answer.status_code, answer.json) == (200, {"leads": 2, "tasks": 1, "keys": 2, "messages": 0})
    assert here.leads.get(world.his.ids["lead"]).owner == rosa.id
    assert here.tasks.get(world.his.ids["task"]).rep == rosa.id
    assert {alert.rep for alert in here.alerts.latest(lead=world.his.ids["lead"])} == {rosa.id, None}
    assert ivo.api("GET", "/leads").status_code == 401
    assert not here.reps.get(ivo.rep.id).is_active
    team = deps.store.workspaces.get(world.workspace.id).teams[-1]
    assert (team.members, team.leader) == ((), None)
    again = world.ada.api("POST", path, {"to": None})
    assert again.json == {"leads": 0, "tasks": 0, "keys": 0, "messages": 0}
