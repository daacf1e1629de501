"""Touches by type, changed sales and notes, and their undo."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.recompute.run import recompute

NOW = datetime.now(UTC).replace(microsecond=0)
ONE_SALE = {"product": "Pilot", "amount": 150_000, "currency": "EUR", "sold_on": "2026-10-02"}


def moment(hours):
    return (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def settle(deps):
    """Recomputes the leads."""
    return lambda: recompute(deps, "live")


def test_a_touch_by_the_lead_counts_as_activity_and_response_one_by_the_company_as_contact(api, settle):
    """Both are in the timeline; an undone or deleted one leaves nothing."""
    lead = api.lead()["id"]
    webinar = api.post(f"/leads/{lead}/touches", {"type": "webinar", "at": moment(5), "note": "Asked about prices"}).json
    settle()
    found = api.get(f"/leads/{lead}").json

    assert (webinar["type"], webinar["direction"], webinar["note"], webinar["at"]) == ("Webinar", "in", "Asked about prices", moment(5))
    assert (found["last_response_at"], found["first_contact_at"], found["last_contact_at"]) == (moment(5), None, moment(5))
    assert found["score"]["engagement"] > 0
    (event,) = api.get(f"/leads/{lead}/events").json["items"]
    assert (event["kind"], event["title"], event["text"]) == ("touch", "Webinar", "Asked about prices")

    sent = api.post(f"/leads/{lead}/touches", {"type": "WhatsApp", "at": moment(2)}).json
    settle()
    found = api.get(f"/leads/{lead}").json
    assert (found["last_response_at"], found["first_contact_at"], found["last_contact_at"]) == (moment(5), moment(2), moment(2))
    assert [one["id"] for one in api.get(f"/leads/{lead}/touches").json["items"]] == [sent["id"], webinar["id"]]

    assert api.post(f"/changes/{sent['change']}/undo").status_code == 200
    assert api.delete(f"/leads/{lead}/touches/{webinar['id']}").status_code == 204
    assert api.delete(f"/leads/{lead}/touches/{webinar['id']}").status_code == 404
    settle()
    assert api.get(f"/leads/{lead}/touches").json["items"] == api.get(f"/leads/{lead}/events").json["items"] == []
    found = api.get(f"/leads/{lead}").json
    assert (found["last_contact_at"], found["last_seen_at"], found["score"]["engagement"]) == (None, None, 0)


def test_an_unknown_type_names_the_known_ones_and_the_list_is_managed(api):
    """Recorded touches keep the name; a note becomes no touch and the reverse."""
    lead = api.lead()["id"]
    made = api.post(f"/leads/{lead}/touches", {"type": "Demo"}).json
    answer = api.post(f"/leads/{lead}/touches", {"type": "Seance"})
    assert (answer.status_code, "Webinar, Demo, E-book" in answer.text) == (422, True)

    fair = {"name": "Trade fair", "icon": "team", "direction": "in"}
    listed = api.put("/touch-types", {"items": [fair, {"name": "trade FAIR"}]}).json["items"]

    assert listed == api.get("/touch-types").json["items"] == [fair]
    assert api.put("/touch-types", {"items": [{"name": "x", "icon": "unicorn"}]}).status_code == 422
    assert api.post(f"/leads/{lead}/touches", {"type": "Demo"}).status_code == 422
    assert api.get(f"/leads/{lead}/touches").json["items"][0]["type"] == "Demo"
    for change in ({"kind": "call"}, {"kind": "note"}):
        assert api.patch(f"/notes/{made['id']}", change).status_code == 422
    assert api.patch(f"/notes/{made['id']}", {"text": "With Tom", "direction": "out"}).json["touch"] == "Demo"
    note = api.post("/notes", {"lead": lead, "text": "x"}).json["id"]
    assert api.patch(f"/notes/{note}", {"kind": "touch"}).status_code == 422
    assert api.delete(f"/leads/{lead}/touches/{note}").status_code == 404


def test_sales_are_changed_and_the_change_is_undone(api):
    """The same values again change nothing; invalid values are refused."""
    lead = api.lead()["id"]
    sale = api.post("/sales", {"lead": lead} | ONE_SALE).json["id"]

    changed = api.patch(f"/sales/{sale}", {"amount": 90_000, "currency": "usd", "is_recurring": True, "sold_on": "2026-10-05"}).json
    again = api.patch(f"/sales/{sale}", {"amount": 90_000}).json

    assert (changed["amount"], changed["currency"], changed["sold_on"], changed["is_recurring"]) == (90_000, "USD", "2026-10-05", True)
    assert (changed["product"], again["change"]) == ("Pilot", None)
    undone = api.post(f"/changes/{changed['change']}/undo").json
    (found,) = api.get(f"/sales?lead={lead}").json["items"]
    assert {name: found[name] for name in ONE_SALE} == ONE_SALE
    redone = api.post(f"/changes/{undone['change']}/undo")
    assert (redone.status_code, api.get(f"/sales?lead={lead}").json["items"][0]["amount"]) == (200, 90_000)
    for body in ({"amount": -1}, {"currency": "?"}, {"product": None}, {"product": " "}, {"rep": "0" * 32}, {"lead": lead}):
        assert api.patch(f"/sales/{sale}", body).status_code in (404, 422), body


def test_a_changed_note_is_undone_unless_it_was_changed_since(api):
    """With its event, its trace and its time."""
    lead = api.lead()["id"]
    note = api.post("/notes", {"lead": lead, "kind": "call", "text": "Mailbox", "result": "no_answer", "at": moment(3)}).json
    first = api.patch(f"/notes/{note['id']}", {"text": "Reached", "result": "reached", "at": moment(1)}).json
    second = api.patch(f"/notes/{note['id']}", {"text": "Reached, asks for an offer"}).json

    refused = api.post(f"/changes/{first['change']}/undo").json
    assert [row["reason"] for row in refused["results"]] == ["The note was changed by a program, just now"]
    api.post(f"/changes/{second['change']}/undo")
    (event,) = api.get(f"/leads/{lead}/events").json["items"]
    (found,) = api.get("/notes").json["items"]
    assert (found["text"], len(found["former"]), event["text"]) == ("Reached", 1, "Reached")
    assert found["at"] == event["at"] == moment(1)
