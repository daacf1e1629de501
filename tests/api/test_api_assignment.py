"""Assignment rules by API: who gets a new lead, fairly, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from tracker.actions.workspace import workspaces
from tracker.base.ids import new_id


@pytest.fixture
def team(api, hire):
    """Three reps in a team with a territory, led by a fourth."""
    reps = [hire(name)[0] for name in ("Ann", "Bob", "Cy", "Lead")]
    members = [rep.id for rep in reps[:3]]
    made = api.post("/teams", {"name": "North", "members": members, "leader": reps[3].id, "territory": ["DE"]}).json
    return made | {"reps": {rep.name: rep.id for rep in reps}}


def put(api, *rules):
    return api.put("/assignment-rules", {"items": list(rules)})


def test_new_leads_go_round_by_rule(api, team, deps, workspace):
    """By the first rule that holds; an owner that is given, also none, stays. A rep who is away is skipped, and gets no more afterwards."""
    by_team = {"name": "All others", "to": "team", "team": team["id"]}
    german = {"name": "German", "condition": {"all": [{"field": "country", "is": "Germany"}]}, "to": "territory"}
    saved = put(api, german, by_team | {"name": "Fair", "condition": {"field": "source", "is": "Fair"}}, by_team)
    assert saved.status_code == 200, saved.text
    assert [one["name"] for one in api.get("/assignment-rules").json["items"]] == ["German", "Fair", "All others"]
    names = {key: name for name, key in team["reps"].items()}

    def add(**more):
        return api.post("/leads", {"email": f"{new_id()}@acme.example", "name": "Dana"} | more).json

    assert [names[add()["owner"]] for _ in range(4)] == ["Ann", "Bob", "Cy", "Ann"]
    api.put(f"/reps/{team['reps']['Bob']}/out-of-office", {"first": "2020-01-01", "last": "2020-12-31"})  # long over
    assert names[add()["owner"]] == "Bob"
    now = deps.now().date().isoformat()
    away = api.put(f"/reps/{team['reps']['Cy']}/out-of-office", {"first": now, "last": max(now, "2027-06-30")})
    assert away.status_code == 200, away.text
    assert [names[add(country="DE")["owner"]] for _ in range(3)] == ["Ann", "Bob", "Ann"]
    api.put(f"/reps/{team['reps']['Cy']}/out-of-office", {"first": None, "last": None})
    assert [names[add(source="Fair")["owner"]] for _ in range(3)] == ["Cy", "Bob", "Ann"]
    last = add()
    assert (last["assigned"]["rule"], last["assigned"]["rep"]) == ("All others", last["owner"])
    assert [add(owner=None)["owner"], add(owner="ann@us.example")["assigned"]] == [None, None]

    lead = api.post("/leads", {"email": "old@acme.example", "name": "Old", "owner": None}).json
    again = api.post("/leads", {"email": "old@acme.example", "name": "Old", "inquiry": {"message": "Call me"}}).json
    assert (again["id"], again["owner"] in names) == (lead["id"], True)
    (one,) = api.get("/inquiries").json["items"]
    assert one["owner"] == again["owner"]


def test_turns_are_fair_while_many_processes_take_them(deps, workspace):
    """No turn is taken twice, so that each rep gets the same number."""
    reps = [new_id() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: deps.store.of(workspace.id).assignment_turns.take("t", reps)[0], range(80)))
    assert [taken.count(rep) for rep in reps] == [20] * 4
    assert deps.store.of(workspace.id).assignment_turns.take("t", reps, 6) == [*reps, *reps[:2]]


def test_an_import_is_assigned_where_that_was_chosen(api, team):
    """Rows without an owner only."""
    put(api, {"name": "All", "to": "team", "team": team["id"]})
    rows = "email,owner\na@a.example,\nb@a.example,lead@us.example\nc@a.example,\nd@a.example,\n"
    assert api.post("/leads/import?assign=true", rows.encode()).json["added"] == 4
    assert api.post("/leads/import", b"email\ne@a.example\n").json["added"] == 1
    owners = {one["email"][0]: one["owner"] for one in api.get("/leads").json["items"]}
    reps = team["reps"]
    assert owners == {"a": reps["Ann"], "b": reps["Lead"], "c": reps["Bob"], "d": reps["Cy"], "e": None}


def test_rules_that_cannot_work_are_refused(api, team, deps, workspace):
    """With the path of what is wrong; none of them is stored."""
    left = team["reps"]["Cy"]
    api.post(f"/reps/{left}/deactivate", {"to": None})
    rule = {"name": "x", "to": "rep", "rep": team["reps"]["Ann"]}
    wrong = {
        "items.1.condition.field": {"condition": {"field": "nothing", "is": "x"}},
        "items.1.condition": {"condition": {"field": "score", "at_least": 5}},
        "items.1.rep": {"rep": left},
        "items.1.team": {"to": "team", "team": new_id()},
        "items.1.forms": {"forms": [new_id()]},
        "items.1.name": {"name": " "},
        "items.1.to": {"to": "anyone"},
    }
    for field, values in wrong.items():
        refused = put(api, rule, rule | {"name": "y"} | values)
        assert refused.status_code == 422, refused.text
        assert field in refused.text
    assert put(api, rule, rule | {"name": "X"}).status_code == 409
    assert api.get("/assignment-rules").json["items"] == []


def test_who_may_say_that_a_rep_is_away(api, team, hire, deps, workspace):
    """The rep, the leader of a team of theirs, and admins. Days must be in order, and within a year."""
    days = {"first": "2027-07-05", "last": "2027-07-16"}
    _, as_rosa = hire("Rosa")
    _, as_lead = hire("Second")
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    second = next(one["id"] for one in api.get("/reps").json["items"] if one["name"] == "Second")
    api.patch(f"/teams/{team['id']}", {"leader": second})
    path = f"/reps/{team['reps']['Ann']}/out-of-office"
    assert as_rosa.put(path, days).status_code == 404
    assert as_lead.put(path, days).json["out_of_office"] == days
    for body in (
        {"first": "2027-07-05", "last": None},
        {"first": "2027-07-05", "last": "2027-07-04"},
        {"first": "2027-01-01", "last": "2029-01-01"},
    ):
        assert as_lead.put(path, body).status_code == 422, body
    assert as_lead.put(path, {"first": None, "last": None}).json["out_of_office"] is None
