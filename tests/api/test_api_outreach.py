"""Sequences and campaigns by API: made, leads added with reasons, decided on; whose leads a rep reaches."""

import msgspec


def test_sequences(api, hire, deps):
    """Steps keep their ids; each lead that is not added says why; a rep adds and takes out own leads only."""
    rosa, as_rosa = hire("Rosa")
    template = api.post("/templates", {"name": "T", "subject": "S", "html": "<p>x</p>"}).json["id"]
    steps = [{"kind": "email", "template": template}, {"kind": "task", "text": "Call", "after": 1, "unit": "hours"}]
    made = api.post("/sequences", {"name": "Fair", "steps": steps, "stop_stages": ["Negotiation"]}).json
    kept = [*made["steps"], {"kind": "email", "template": template, "after": 2, "test": "viewed", "page": "/pricing"}]
    changed = api.patch(f"/sequences/{made['id']}", {"steps": kept, "version": made["version"]}).json
    assert [step["id"] for step in changed["steps"][:2]] == [step["id"] for step in made["steps"]]
    for wrong in (
        {"kind": "email", "template": "x"},
        {"kind": "task", "text": " "},
        {"kind": "task", "text": "x", "test": "clicked"},
        {"kind": "task", "text": "x", "after": 1, "test": "viewed", "page": "pricing"},
    ):
        assert api.post("/sequences", {"name": "x", "steps": [wrong]}).json["field"] == "steps"

    mine, theirs = api.lead("a@acme.example", owner=rosa.id)["id"], api.lead("b@acme.example")["id"]
    path = f"/sequences/{made['id']}/enrolments"
    added = as_rosa.post(path, {"leads": [mine, theirs, "0" * 32]}).json
    assert [one["added"] for one in added["results"]] == [True, False, False]
    assert as_rosa.post(path, {"leads": [mine]}).json["results"][0]["reason"] == "This lead is in the sequence already"
    assert api.post(path, {"leads": [theirs]}).json["results"][0]["reason"] == "No owner who can send email"
    (enrolment,) = api.get(path).json["items"]
    assert (enrolment["lead"], enrolment["state"], enrolment["enrolled_by"]) == (mine, "active", rosa.id)
    assert api.get("/sequences").json["items"][0]["leads"] == {"active": 1}
    assert as_rosa.patch(f"/enrolments/{enrolment['id']}", {"action": "retry"}).status_code == 409
    assert [
        as_rosa.patch(f"/sequences/{made['id']}", {"on": False}).status_code,
        as_rosa.delete(f"/sequences/{made['id']}").status_code,
    ] == [403] * 2
    own = as_rosa.post("/sequences", {"name": "Own", "steps": steps[1:]}).json["id"]
    assert (as_rosa.patch(f"/sequences/{own}", {"on": False}).json["on"], api.delete(f"/sequences/{own}").status_code) == (False, 204)
    workspace = deps.store.workspaces.first()
    deps.store.workspaces.change(workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    seen = [caller.get("/sequences").json["items"][0]["leads"] for caller in (api, as_rosa, hire("Ivo")[1])]
    assert seen == [{"active": 1}, {"active": 1}, {}]
    stopped = as_rosa.patch(f"/enrolments/{enrolment['id']}", {"action": "stop"}).json
    assert (stopped["state"], stopped["reason"]) == ("stopped", f"Taken out by {rosa.name}")
    assert [one["state"] for one in api.get(f"/leads/{mine}/enrolments").json["items"]] == ["stopped"]


def test_campaigns(api, hire):
    """A draft says who is left out; a rep sees own campaigns, and sends in no other name."""
    rosa, as_rosa = hire("Rosa")
    template = api.post("/templates", {"name": "T", "subject": "Hi {{company}}", "html": "<p>x</p>"}).json["id"]
    listed = api.post("/lists", {"name": "Open", "condition": {"field": "stage_kind", "is": "open"}, "shared": True}).json["id"]
    good, bare = api.lead("a@acme.example", owner=rosa.id, company="Acme")["id"], api.lead("b@acme.example", owner=rosa.id)["id"]
    api.lead("c@acme.example")
    body = {"name": "Spring", "list": listed, "template": template}
    assert as_rosa.post("/campaigns", body | {"sender": "0" * 32}).json["field"] == "sender"
    made = as_rosa.post("/campaigns", body).json
    reasons = {one["lead"]: one["reason"] for one in as_rosa.get(f"/campaigns/{made['id']}/audience").json["items"]}
    assert (reasons[good], "company" in reasons[bare], len(reasons)) == ("", True, 3)
    assert as_rosa.patch(f"/campaigns/{made['id']}", {"every_minutes": 5, "version": 0}).json["every_minutes"] == 5
    assert api.get(f"/campaigns/{made['id']}").json["recipients"] == {}
    assert as_rosa.get("/campaigns").json["items"][0]["id"] == made["id"]
    started = as_rosa.post(f"/campaigns/{made['id']}/state", {"state": "running"})
    assert (started.status_code, started.json["field"]) == (422, "EDGE_URL")
    assert as_rosa.post(f"/campaigns/{made['id']}/state", {"state": "paused"}).status_code == 409
    assert as_rosa.delete(f"/campaigns/{made['id']}").status_code == 204
