"""Refunds, recurring sales, exchange rates, costs, and the settings of the workspace."""

import msgspec
import pytest

from tracker.actions.changes.records import delete_sale
from tracker.actions.workspace import workspaces

SALE = {"product": "Pilot", "amount": 150_000, "currency": "EUR", "sold_on": "2026-10-02"}
COST = {"source": "Event", "purpose": "to_win", "from": "2026-10-01", "to": "2026-10-31", "amount": 90_000, "currency": "eur"}


def amounts(api):
    return sorted(one["amount"] for one in api.get("/sales").json["items"])


def test_a_refund_is_a_negative_amount_of_its_sale(api):
    """Product, currency and rep are those of the sale; no more is paid back than was paid; it goes and comes back with its sale."""
    lead, other = api.lead()["id"], api.lead("omar@acme.example", "Omar")["id"]
    sale = api.post("/sales", SALE | {"lead": lead}).json["id"]
    refund = api.post("/sales", {"lead": lead, "amount": 50_000, "sold_on": "2026-11-02", "refund_of": sale}).json

    assert (refund["amount"], refund["product"], refund["currency"], refund["refund_of"]) == (-50_000, "Pilot", "EUR", sale)
    refused = (
        {"lead": lead, "amount": 100_001, "refund_of": sale},
        {"lead": lead, "amount": 0, "refund_of": sale},
        {"lead": lead, "amount": 1, "currency": "USD", "refund_of": sale},
        {"lead": lead, "amount": 1, "refund_of": refund["id"]},
        {"lead": other, "amount": 1, "refund_of": sale},
        {"lead": lead, "amount": 1, "refund_of": "a" * 32},
    )
    assert [api.post("/sales", {"sold_on": "2026-11-03"} | body).status_code for body in refused] == [422] * len(refused)
    assert api.patch(f"/sales/{refund['id']}", {"amount": 40_000}).json["amount"] == -40_000
    assert api.patch(f"/sales/{refund['id']}", {"product": "Other"}).status_code == 422
    for record, wrong in ((refund["id"], {"amount": 150_001}), (sale, {"amount": 39_999}), (sale, {"currency": "USD"})):
        assert api.patch(f"/sales/{record}", wrong).status_code == 422, wrong
    assert api.patch(f"/sales/{sale}", {"amount": 40_000}).json["amount"] == 40_000

    assert api.delete(f"/sales/{sale}").status_code == 204
    assert amounts(api) == [0]


def test_a_deleted_sale_comes_back_with_its_refunds(api, deps, workspace):
    """Undo of the deletion."""
    lead = api.lead()["id"]
    sale = api.post("/sales", SALE | {"lead": lead}).json["id"]
    api.post("/sales", {"lead": lead, "amount": 50_000, "sold_on": "2026-11-02", "refund_of": sale})
    change = delete_sale(deps, workspace.id, sale, actor=None)
    assert amounts(api) == [0]
    assert api.post(f"/changes/{change}/undo").status_code == 200
    assert amounts(api) == [-50_000, 150_000]


@pytest.mark.parametrize(
    "more",
    [
        {"interval": "month"},
        {"is_recurring": True, "interval": "week"},
        {"ended_on": "2026-12-01"},
        {"is_recurring": True, "ended_on": "2026-10-01"},
        {"product": ""},
        {"currency": ""},
        {"amount": -1},
    ],
)
def test_what_a_sale_cannot_be(api, more):
    assert api.post("/sales", SALE | {"lead": api.lead()["id"]} | more).status_code == 422


def test_a_recurring_sale_ends(api):
    """With the day and the reason; both can be emptied again."""
    body = SALE | {"lead": api.lead()["id"], "is_recurring": True, "interval": "month"}
    sale = api.post("/sales", body).json
    ended = api.patch(f"/sales/{sale['id']}", {"ended_on": "2027-01-31", "end_reason": "Budget cut"}).json
    assert (sale["interval"], ended["ended_on"], ended["end_reason"]) == ("month", "2027-01-31", "Budget cut")
    assert api.patch(f"/sales/{sale['id']}", {"ended_on": None, "end_reason": None}).json["ended_on"] is None
    assert api.patch(f"/sales/{sale['id']}", {"is_recurring": False}).status_code == 422


def test_rates_hold_from_their_day_on(api):
    """A rate of the same day is replaced; the workspace's own currency has none."""
    first = api.post("/rates", {"currency": "usd", "date": "2026-10-01", "rate": 0.92}).json
    assert (first["currency"], first["date"], first["rate"]) == ("USD", "2026-10-01", 0.92)
    again = api.post("/rates", {"currency": "USD", "date": "2026-10-01", "rate": 0.9}).json
    api.post("/rates", {"currency": "USD", "date": "2026-11-01", "rate": 1})
    assert again["id"] == first["id"]
    assert [(one["date"], one["rate"]) for one in api.get("/rates").json["items"]] == [("2026-11-01", 1), ("2026-10-01", 0.9)]
    for wrong in ({"currency": "EUR"}, {"rate": 0}, {"rate": -1}, {"rate": 1e-13}, {"rate": 1e10}, {"rate": "NaN"}, {"date": "2026-13-01"}):
        assert api.post("/rates", {"currency": "USD", "date": "2026-10-01", "rate": 1} | wrong).status_code == 422, wrong
    assert api.delete(f"/rates/{first['id']}").status_code == 204


def test_costs_are_of_a_source_and_seen_by_those_who_see_all_leads(api, hire, deps, workspace):
    """Under the present name of the source; a rep with only own leads sees none."""
    cost = api.post("/costs", COST).json
    assert (cost["source"], cost["from"], cost["to"], cost["currency"], cost["purpose"]) == (
        "Event",
        "2026-10-01",
        "2026-10-31",
        "EUR",
        "to_win",
    )
    for wrong in ({"source": "Nowhere"}, {"to": "2026-09-30"}, {"purpose": "to_spend"}, {"amount": -1}, {"currency": "?"}):
        assert api.post("/costs", COST | wrong).status_code == 422, wrong
    assert api.patch(f"/costs/{cost['id']}", {"source": None, "to": "2026-10-15"}).json | {"version": 1} == cost | {
        "source": None,
        "to": "2026-10-15",
        "version": 1,
    }
    _, rosa = hire("Rosa")
    assert len(rosa.get("/costs").json["items"]) == 1
    policy = msgspec.structs.replace(workspace.policy, reps_see="own")
    workspaces.change_workspace(deps, workspace.id, policy=policy)
    assert rosa.get("/costs").json["items"] == []
    assert api.delete(f"/costs/{cost['id']}").status_code == 204
    assert api.get("/costs").json["items"] == []


def test_the_workspace_is_read_by_all_and_changed_by_admins(api, hire):
    """Name, time zone, currency and working hours."""
    _, rosa = hire("Rosa")
    hours = {"days": ["monday", "friday"], "start": "09:30", "end": "24:00"}
    changed = api.patch("/workspace", {"currency": "chf", "timezone": "Pacific/Chatham", "working_hours": hours}).json
    assert (changed["currency"], changed["timezone"], changed["working_hours"]) == ("CHF", "Pacific/Chatham", hours)
    assert rosa.get("/workspace").json == changed
    rate = api.post("/rates", {"currency": "USD", "date": "2026-10-01", "rate": 1.1}).json["id"]
    assert (api.patch("/workspace", {"currency": "EUR"}).status_code, api.patch("/workspace", {"currency": "CHF"}).status_code) == (
        409,
        200,
    )
    api.delete(f"/rates/{rate}")
    assert api.patch("/workspace", {"currency": "EUR"}).json["currency"] == "EUR"
    assert rosa.patch("/workspace", {"name": "Mine"}).status_code == 403
    for wrong in ({"timezone": "Mars"}, {"currency": "??"}, {"working_hours": hours | {"end": "09:00"}}, {"name": None}, {"name": ""}):
        assert api.patch("/workspace", wrong).status_code == 422, wrong
