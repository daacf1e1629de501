"""Automations by API: ready-made ones with their number, own ones checked, previewed, switched and removed; the log and its undo."""

import pytest

from tracker.actions.automations.engine import run_automations

WELCOME = {"name": "Welcome", "trigger": "created", "actions": [{"kind": "tag", "text": "new"}, {"kind": "task", "text": "Say hello"}]}


def test_ready_made_ones_have_a_switch_and_a_number(api):
    """All but the two stage rules are off; nothing else of them can be changed, and they are not removed."""
    listed = api.get("/automations").json["items"]
    assert [one["id"] for one in listed if one["on"]] == ["message_sent", "proposal_sent"]
    stale = api.patch("/automations/stale", {"number": 21, "on": True, "version": 0}).json
    assert (stale["on"], stale["number"]) == (True, 21)
    assert stale["starts"] == "No contact for 21 days, if Kind of stage is open"
    assert stale["does"] == "Add the task “Get in touch: no contact for 21 days” for the owner"
    assert api.patch("/automations/stale", {"trigger": "quiet"}).json["field"] == "number"
    assert api.patch("/automations/stale", {"on": False, "version": 0}).status_code == 409
    assert api.delete("/automations/stale").status_code == 409
    assert api.patch("/automations/nothing", {"on": True}).status_code == 404


def test_an_own_one_is_previewed_run_and_undone(api, deps):
    """The preview names the leads that the run then changes; the log says why, and undoes."""
    made = api.post("/automations", WELCOME | {"on": True}).json
    lead = api.lead()
    run_automations(deps, deps.now())
    assert [one["lead"] for one in api.post("/automations/preview", WELCOME).json["starts"]] == [lead["id"]]
    [entry] = api.get(f"/automations/log?automation={made['id']}").json["items"]
    assert (entry["lead"], entry["state"], entry["reason"]) == (lead["id"], "done", "Added")
    assert entry["words"] == ["Added the tag “new”", "Added the task “Say hello”"]
    changed = api.get(f"/leads/{lead['id']}").json
    assert (changed["tags"], changed["next_action"]["text"]) == (["new"], "Say hello")
    assert api.post(f"/automations/log/{entry['id']}/undo").json["state"] == "undone"
    restored = api.get(f"/leads/{lead['id']}").json
    assert (restored["tags"], restored["next_action"]) == ([], None)
    assert api.post(f"/automations/log/{entry['id']}/undo").status_code == 409
    assert api.delete(f"/automations/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"trigger": "no_contact"}, "number"),
        ({"trigger": "no_contact", "number": 2, "repeats": True}, "number"),
        ({"trigger": "stage", "text": "Nowhere"}, "text"),
        ({"trigger": "date", "text": "Renewal", "number": 1}, "text"),
        ({"condition": {"field": "owner", "is": "me"}}, "condition"),
        ({"actions": [{"kind": "move", "text": "Lost"}]}, "actions"),
        ({"actions": [{"kind": "assign", "to": "owner"}]}, "actions"),
        ({"actions": [{"kind": "archive"}, {"kind": "archive"}]}, "actions"),
        ({"actions": [{"kind": "task", "text": " "}]}, "actions"),
    ],
)
def test_what_cannot_work_is_refused(api, change, field):
    """With the field that is wrong, and nothing is stored."""
    refused = api.post("/automations", WELCOME | change)
    assert (refused.status_code, refused.json["field"]) == (422, field)
    assert all(one["ready_made"] for one in api.get("/automations").json["items"])
