"""Notes with direction and result, their changes, the contacts that follow, and archived leads."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.recompute.run import recompute

NOW = datetime.now(UTC).replace(microsecond=0)


def moment(hours):
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def settle(deps):
    """Recomputes the leads."""
    return lambda: recompute(deps, "live")


def test_a_call_is_logged_with_direction_and_result(api, settle):
    """It shows on the lead as first contact, and in its timeline; one that did not reach the lead scores nothing."""
    lead = api.lead()["id"]
    made = api.post("/notes", {"lead": lead, "kind": "call", "text": "Mailbox", "result": "no_answer", "at": moment(3)}).json
    settle()

    assert (made["direction"], made["result"], made["former"]) == ("out", "no_answer", [])
    found = api.get(f"/leads/{lead}").json
    assert (found["first_contact_at"], found["last_contact_at"], found["last_response_at"]) == (moment(3), moment(3), None)
    assert found["score"]["engagement"] == 0
    (event,) = api.get(f"/leads/{lead}/events").json["items"]
    assert event["fields"] == {"direction": "out", "result": "no_answer"}


def test_a_note_is_changed_with_its_event_and_keeps_what_it_said(api, settle):
    """The score, the contacts and the timeline follow the new values; the same values again change nothing."""
    lead = api.lead()["id"]
    note = api.post("/notes", {"lead": lead, "kind": "call", "text": "Mailbox", "result": "no_answer"}).json["id"]
    changed = {"text": "Reached after all", "result": "reached", "at": moment(5)}

    first, again = api.patch(f"/notes/{note}", changed).json, api.patch(f"/notes/{note}", changed).json
    settle()

    assert first | {"change": None} == again
    assert (first["text"], first["result"], first["at"]) == ("Reached after all", "reached", moment(5))
    (former,) = first["former"]
    assert (former["text"], former["result"], former["changed_by"]) == ("Mailbox", "no_answer", None)
    found = api.get(f"/leads/{lead}").json
    assert (found["first_contact_at"], found["last_response_at"]) == (moment(5), moment(5))
    assert found["score"]["engagement"] > 0
    (event,) = api.get(f"/leads/{lead}/events").json["items"]
    assert (event["text"], event["at"], event["fields"]["result"]) == ("Reached after all", moment(5), "reached")


def test_a_deleted_note_leaves_nothing(api, settle):
    """Neither an event nor a contact."""
    lead = api.lead()["id"]
    note = api.post("/notes", {"lead": lead, "kind": "meeting", "text": "Met", "at": moment(2)}).json["id"]
    settle()
    assert api.delete(f"/notes/{note}").status_code == 204
    settle()

    assert api.delete(f"/notes/{note}").status_code == 404
    assert api.get(f"/notes?lead={lead}").json["items"] == []
    assert api.get(f"/leads/{lead}/events").json["items"] == []
    found = api.get(f"/leads/{lead}").json
    assert (found["first_contact_at"], found["last_contact_at"], found["score"]["engagement"]) == (None, None, 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "note", "direction": "out"}, "direction"),
        ({"kind": "meeting", "result": "reached"}, "result"),
        ({"kind": "call", "result": "perhaps"}, "result"),
        ({"kind": "call", "at": "2031-01-01T00:00:00Z"}, "at"),
        ({"kind": "call", "text": " "}, "text"),
    ],
)
def test_values_that_fit_nothing_are_refused(api, body, field):
    """At creation and as a change."""
    lead = api.lead()["id"]
    note = api.post("/notes", {"lead": lead, "kind": "call", "text": "x"}).json["id"]

    for answer in (api.post("/notes", {"lead": lead, "text": "x"} | body), api.patch(f"/notes/{note}", body)):
        assert answer.status_code == 422
        assert answer.json["field"] == field


def test_a_call_may_become_a_note(api):
    """It then has neither direction nor result."""
    note = api.post("/notes", {"lead": api.lead()["id"], "kind": "call", "text": "x", "result": "reached"}).json["id"]

    found = api.patch(f"/notes/{note}", {"kind": "note"}).json

    assert (found["kind"], found["direction"], found["result"]) == ("note", None, None)


def test_a_task_that_is_put_off_keeps_when_it_was_due(api):
    """Other changes leave no trace."""
    task = api.post("/tasks", {"lead": api.lead()["id"], "text": "Call", "due": moment(48)}).json["id"]
    api.patch(f"/tasks/{task}", {"text": "Call her"})
    for hours in (24, 24, -24):
        found = api.patch(f"/tasks/{task}", {"due": moment(hours)}).json

    assert (found["due"], found["former_dues"]) == (moment(-24), [moment(48), moment(24)])


def test_an_archived_lead_leaves_lists_and_counts_until_it_is_restored(api, settle):
    """It is found by its id and by `archived=true`; its address stays taken; tasks and stage remain."""
    kept, lead = api.lead("kept@acme.example")["id"], api.lead()["id"]
    api.post("/tasks", {"lead": lead, "text": "Call"})

    archived = api.post(f"/leads/{lead}/archive").json
    assert api.post(f"/leads/{lead}/archive").json["archived_at"] == archived["archived_at"] is not None
    settle()

    for query in ("", "?search=dana", "?stage=New", "?sort=-score"):
        assert lead not in [found["id"] for found in api.get(f"/leads{query}").json["items"]]
    assert [found["id"] for found in api.get("/leads?archived=true").json["items"]] == [lead]
    assert api.get("/stages").json["items"][0]["leads"] == 1
    assert sum(row["leads"] for row in api.get("/reports/stages").json["items"]) == 1
    assert api.get(f"/leads/{lead}").status_code == 200
    assert api.post("/leads", {"email": "dana@acme.example", "name": "Dana"}).status_code == 409

    restored = api.post(f"/leads/{lead}/restore").json
    assert (restored["archived_at"], restored["next_action"]["text"]) == (None, "Call")
    assert {found["id"] for found in api.get("/leads").json["items"]} == {kept, lead}
    assert api.get("/leads?archived=true").json["items"] == []
