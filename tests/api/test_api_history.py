"""History of another system: records with their own dates by admins, marked as imported, which trigger nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import Program
from tracker.actions.team import api_keys
from tracker.domain.team.api_key import KeyScope
from workers.recompute.run import recompute

OLD, LATER, LATEST = "2019-05-03T10:00:00.000Z", "2020-01-07T10:00:00.000Z", "2021-02-01T10:00:00.000Z"
FUTURE = (datetime.now(UTC) + timedelta(days=2)).isoformat()


def bodies(lead):
    """Each operation that takes a date of another system, with the name of the date."""
    return [
        ("/leads", {"email": "old@x.example", "name": "Old"}, "created_at"),
        (f"/leads/{lead}/moves", {"stage": "Contacted"}, "at"),
        ("/notes", {"lead": lead, "kind": "call", "text": "Asked"}, "at"),
        (f"/leads/{lead}/touches", {"type": "Webinar"}, "at"),
        ("/tasks", {"lead": lead, "text": "Call"}, "created_at"),
        ("/tasks", {"lead": lead, "text": "Call"}, "done_at"),
        (f"/leads/{lead}/archive", {}, "at"),
        (f"/leads/{lead}/inquiries", {"message": "Hello"}, "at"),
    ]


def test_history_is_for_admins_and_has_possible_dates(api, deps, workspace, hire):
    """Others get 403 and add nothing; dates are from 1990 until now."""
    lead = api.lead()["id"]
    keys = [hire("Rosa")[1], Program(api.client, api_keys.new_key(deps, workspace.id, scope=KeyScope.WRITE)[1])]
    for path, body, name in bodies(lead):
        for key in keys:
            refused = key.post(path, body | {name: OLD})
            assert (path, refused.status_code) == (path, 403)
        for date in ("1989-12-31T23:59:59Z", FUTURE):
            refused = api.post(path, body | {name: date})
            assert (path, refused.status_code) == (path, 422)
    inquiry = {"email": "i@x.example", "name": "I", "inquiry": {"message": "Hello", "at": OLD}}
    assert [key.post("/leads", inquiry).status_code for key in keys] == [403, 403]
    assert (
        keys[0]
        .post("/notes", {"lead": lead, "text": "Just now", "at": (datetime.now(UTC) - timedelta(hours=2)).isoformat()})
        .json["is_imported"]
        is False
    )


def test_history_is_marked_and_triggers_nothing(api, deps, workspace):
    """No score, no alert, no clock, no reminder; contacts and stages have their dates."""
    made = api.post(
        "/leads", {"email": "d@x.example", "name": "D", "created_at": OLD, "stage": "Contacted", "inquiry": {"message": "Hi", "at": OLD}}
    )
    lead = made.json["id"]
    assert (made.json["created_at"], made.json["stage_since"], made.json["is_imported"]) == (OLD, OLD, True)
    won = api.post(f"/leads/{lead}/moves", {"stage": "Won", "at": LATEST}).json
    between = {"stage": "Qualified", "at": LATER}
    assert api.post(f"/leads/{lead}/moves", between).json == api.post(f"/leads/{lead}/moves", between).json
    moves = api.get(f"/leads/{lead}/moves").json["items"]
    assert [(move["before"], move["stage"], move["at"], move["is_imported"]) for move in moves] == [
        ("New", "Contacted", OLD, True),
        ("Contacted", "Qualified", LATER, True),
        ("Qualified", "Won", LATEST, True),
    ]
    assert won["id"] == moves[-1]["id"]
    assert api.post(f"/leads/{lead}/moves", {"stage": "Lost", "at": LATER}).status_code == 422

    records = [
        api.post("/notes", {"lead": lead, "kind": "call", "text": "Asked for a demo", "at": LATER}).json,
        api.post(f"/leads/{lead}/touches", {"type": "Webinar", "at": LATER}).json,
        api.post("/tasks", {"lead": lead, "text": "Call", "created_at": OLD, "done_at": LATER}).json,
        *api.get(f"/inquiries?lead={lead}").json["items"],
    ]
    assert [record["is_imported"] for record in records] == [True] * 4
    assert (records[2]["created_at"], records[2]["done_at"], records[3]["is_silent"]) == (OLD, LATER, True)
    refused = api.post("/tasks", {"lead": lead, "text": "Call", "due": FUTURE, "created_at": OLD, "remind_minutes": 5})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "remind_minutes")
    assert api.post("/tasks", {"lead": lead, "text": "Call", "created_at": LATER, "done_at": OLD}).status_code == 422
    archived = api.post(f"/leads/{lead}/archive", {"at": LATEST}).json
    recompute(deps, "live")
    recompute(deps, "bulk")

    found = api.get(f"/leads/{lead}").json
    assert (archived["archived_at"], found["stage"], found["stage_since"]) == (LATEST, "Won", LATEST)
    assert (found["score"]["engagement"], found["last_seen_at"]) == (0, None)
    assert (found["first_contact_at"], found["last_response_at"]) == (LATER, LATER)
    assert api.get("/alerts").json["items"] == []
    assert deps.store.of(workspace.id).inquiries.open() == []
    events = api.get(f"/leads/{lead}/events").json["items"]
    assert {event["kind"]: event["is_imported"] for event in events} == {"submit": True, "call": True, "touch": True}
    (inquiry,) = api.get(f"/inquiries?lead={lead}").json["items"]
    assert (inquiry["withdrawn_at"], inquiry["at"]) == (None, OLD)


@pytest.mark.parametrize("at", [None, OLD])
def test_a_move_is_logged_by_its_own_operation(api, at):
    """Of today as by a change of the lead; to the same stage it is refused."""
    lead = api.lead()["id"]
    made = api.post(f"/leads/{lead}/moves", {"stage": "Contacted", "at": at} if at else {"stage": "Contacted"})
    assert (made.status_code, made.json["is_imported"]) == (201, at is not None)
    assert api.get(f"/leads/{lead}").json["stage"] == "Contacted"
    assert api.post(f"/leads/{lead}/moves", {"stage": "Contacted"}).status_code == 409


def test_inquiries_and_tasks_get_their_dates_afterwards(api, workspace, hire):
    """An inquiry of a known lead, once however often it is sent; the date at which a task was done."""
    lead = api.lead()["id"]
    made = [api.post(f"/leads/{lead}/inquiries", {"message": "Hello", "at": OLD}) for _ in range(2)]
    assert [(one.status_code, one.json["at"], one.json["is_imported"], one.json["is_silent"]) for one in made] == [
        (201, OLD, True, True)
    ] * 2
    now = api.post(f"/leads/{lead}/inquiries", {"message": "Now"}).json
    assert (now["is_silent"], now["is_imported"], now["due_at"] > now["at"]) == (False, False, True)
    assert len(api.get(f"/inquiries?lead={lead}").json["items"]) == 2

    task = api.post("/tasks", {"lead": lead, "text": "Call", "created_at": OLD}).json["id"]
    assert hire("Rosa")[1].patch(f"/tasks/{task}", {"done_at": LATER}).status_code == 403
    for wrong in ({"done_at": FUTURE}, {"done_at": "2018-01-01T00:00:00Z"}, {"done_at": LATER, "done": False}):
        assert api.patch(f"/tasks/{task}", wrong).status_code == 422
    done = api.patch(f"/tasks/{task}", {"done_at": LATER}).json
    assert (done["done_at"], done["is_imported"]) == (LATER, True)
    api.post(f"/changes/{done['change']}/undo")
    (back,) = api.get(f"/tasks?lead={lead}").json["items"]
    assert back["done_at"] is None
