"""Inquiries by API: one lead for each address, the clock, and what a caller may not see."""

from datetime import timedelta

import msgspec

from tracker.actions.workspace import workspaces
from tracker.base.clock import utc_now
from workers.recompute.run import recompute


def test_an_inquiry_adds_its_lead_or_finds_it(api, deps, workspace):
    """The same time, form and message again add nothing. A lead that exists is not changed. A first contact ends the clock."""
    now = utc_now().replace(microsecond=0)
    asked = {"message": "Could you call me?", "at": now.isoformat(), "form": "Quote", "page": "https://www.us.example/quote?x=1"}
    first = api.post("/leads", {"email": "dana@acme.example", "name": "Dana", "source": "Fair", "inquiry": asked})
    assert first.status_code == 201, first.text
    lead = first.json["id"]
    again = api.post("/leads", {"email": "DANA@acme.example", "name": "Other", "inquiry": asked})
    assert (again.status_code, again.json["id"], again.json["name"]) == (201, lead, "Dana")
    assert api.post("/leads", {"email": "dana@acme.example", "name": "Other"}).status_code == 409
    recompute(deps, "live")

    (one,) = api.get(f"/inquiries?lead={lead}").json["items"]
    assert (one["message"], one["form"], one["page"], one["source"]) == ("Could you call me?", "Quote", "www.us.example/quote", "Fair")
    assert one["due_at"] == (now + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (one["answered_at"], one["is_silent"]) == (None, False)
    (alert,) = api.get(f"/alerts?lead={lead}").json["items"]
    assert (alert["rule"], alert["title"]) == ("form", "Inquiry: Dana")
    assert "“Could you call me?” Form on Quote. Answer by" in alert["text"]

    api.post("/notes", {"lead": lead, "kind": "call", "text": "Called", "result": "no_answer"})
    recompute(deps, "live")
    (one,) = api.get("/inquiries").json["items"]
    assert (one["answered_how"], one["escalated_at"]) == ("call", None)
    assert one["elapsed_ms"] >= 0


def test_wrong_inquiries_are_refused_before_anything_is_stored(api):
    """Times to come and texts that are no address."""
    later = (utc_now() + timedelta(hours=1)).isoformat()
    for inquiry in ({"at": later}, {"page": "javascript:alert(1)"}, {"message": "x" * 5001}, {"unknown": 1}):
        assert api.post("/leads", {"email": "dana@acme.example", "name": "Dana", "inquiry": inquiry}).status_code == 422, inquiry
    assert api.get("/leads").json["items"] == []


def test_an_inquiry_of_a_colleagues_lead_tells_nothing(api, deps, workspace, hire):
    """Refused as a taken address is, and nothing is stored."""
    _, as_rosa = hire("Rosa")
    hire("Ivo")
    workspaces.change_workspace(deps, workspace.id, policy=msgspec.structs.replace(workspace.policy, reps_see="own"))
    api.lead("theirs@acme.example", owner="ivo@us.example")
    refused = as_rosa.post("/leads", {"email": "theirs@acme.example", "name": "x", "inquiry": {"message": "x"}})
    assert refused.status_code == 409
    assert api.get("/inquiries").json["items"] == []
