"""Idempotency-Key: what is kept belongs to the credential that got it, and is repeated only to who could do it afresh."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.authorization.world import Caller, World
from tracker.actions.deps import Deps
from tracker.actions.team import api_keys
from tracker.domain.team.rep import Role

BODY = {"email": "fresh@lead.example", "name": "Fresh"}
ABOUT_HERS = {
    "POST /messages": {"lead": "{lead}", "subject": "s", "html": "<p>x</p>"},
    "POST /messages/{message}/sent": {},
    "POST /links": {"lead": "{lead}", "url": "https://www.us.example/", "label": "l"},
    "POST /tasks": {"lead": "{lead}", "text": "t"},
    "POST /notes": {"lead": "{lead}", "text": "n"},
    "POST /leads/{lead}/touches": {"type": "Webinar"},
    "POST /leads/{lead}/inquiries": {"message": "Call me"},
    "POST /sales": {"lead": "{lead}", "product": "p", "amount": 1, "currency": "EUR", "sold_on": "2026-01-01"},
}


def other_key(caller: Caller, deps: Deps, world: World) -> Caller:
    """The same rep, or program, with another key."""
    return with_key(caller, api_keys.new_key(deps, world.workspace.id, rep=caller.rep.id if caller.rep else None)[1])


def with_key(caller: Caller, key: str) -> Caller:
    """The caller with that key."""
    return Caller(caller.app, caller.deps, caller.rep, key)


@pytest.mark.parametrize("call", ABOUT_HERS)
def test_after_a_lead_went_to_a_colleague_nothing_is_repeated(world: World, deps: Deps, call: str) -> None:
    """The same request, key and body: 404 like a fresh one, and the answer again once the lead is back."""
    method, path = call.split()
    ids = world.hers.ids
    body = {name: value.format(**ids) if isinstance(value, str) else value for name, value in ABOUT_HERS[call].items()}

    def ask() -> tuple[int, str]:
        answer = world.rosa.api(method, path.format(**ids), body, Idempotency_Key="k")
        return answer.status_code, answer.text

    first, again = ask(), ask()
    assert first == again
    assert first[0] in (200, 201)
    leads = deps.store.of(world.workspace.id).leads
    leads.change(ids["lead"], owner=world.his.ids["rep"])
    status, text = ask()
    assert (status, world.hers.shown_in(text)) == (404, [])
    leads.change(ids["lead"], owner=world.hers.ids["rep"])
    assert ask() == first


def test_a_lead_that_went_to_a_colleague_is_refused_as_its_address_is(world: World, deps: Deps) -> None:
    """POST /leads again says what a fresh one says: 409, and not which lead."""
    made = world.rosa.api("POST", "/leads", BODY | {"owner": world.hers.ids["rep"]}, Idempotency_Key="k").json
    deps.store.of(world.workspace.id).leads.change(made["id"], owner=world.his.ids["rep"])

    repeated = world.rosa.api("POST", "/leads", BODY | {"owner": world.hers.ids["rep"]}, Idempotency_Key="k")
    fresh = world.rosa.api("POST", "/leads", BODY | {"owner": world.hers.ids["rep"]})

    assert (repeated.status_code, repeated.json) == (fresh.status_code, fresh.json) == (409, fresh.json)
    assert made["id"] not in repeated.text


def test_a_taken_lead_is_not_told_again_once_it_is_a_colleagues(world: World, deps: Deps) -> None:
    """Taking is repeated for who owns it, and refused once they may not see it."""
    path = f"/leads/{world.unowned.ids['lead']}/take"
    assert world.rosa.api("POST", path, Idempotency_Key="k").status_code == 200
    deps.store.of(world.workspace.id).leads.change(world.unowned.ids["lead"], owner=world.his.ids["rep"])

    assert world.rosa.api("POST", path, Idempotency_Key="k").status_code == 404


def test_a_company_that_went_to_a_colleague_is_not_told_again(world: World) -> None:
    """409 like a fresh one, without its id."""
    made = world.rosa.api("POST", "/companies", {"name": "Newco", "industry": "tools"}, Idempotency_Key="k").json
    world.ivo.api("PATCH", f"/leads/{world.his.ids['lead']}", {"company": "Newco"})

    repeated = world.rosa.api("POST", "/companies", {"name": "Newco", "industry": "tools"}, Idempotency_Key="k")
    fresh = world.rosa.api("POST", "/companies", {"name": "Newco", "industry": "tools"})
    assert (repeated.status_code, repeated.json) == (409, fresh.json)
    assert made["id"] not in repeated.text


def test_a_demoted_admin_is_told_nothing_again(world: World, deps: Deps) -> None:
    """What only admins may do, and what was done in another's name, is refused from then on."""
    message = {"lead": world.his.ids["lead"], "subject": "s", "html": "<p>x</p>", "rep": world.his.ids["rep"]}
    rep = {"email": "new@us.example", "name": "New"}
    assert world.ada.api("POST", "/messages", message, Idempotency_Key="m").status_code == 201
    assert world.ada.api("POST", "/reps", rep, Idempotency_Key="r").status_code == 201
    assert world.ada.rep is not None
    deps.store.of(world.workspace.id).reps.change(world.ada.rep.id, role=Role.REP)

    assert world.ada.api("POST", "/messages", message, Idempotency_Key="m").status_code == 404
    world.set_policy(deps, "all")
    assert world.ada.api("POST", "/messages", message, Idempotency_Key="m").status_code == 403
    assert world.ada.api("POST", "/reps", rep, Idempotency_Key="r").status_code == 403


def test_a_removed_key_is_told_nothing_again(world: World, deps: Deps) -> None:
    """401 before anything is looked up."""
    assert world.rosa.api("POST", "/leads", BODY, Idempotency_Key="k").status_code == 201
    (key,) = [key for key in deps.store.keys.of_workspace(world.workspace.id) if world.rosa.rep and key.rep == world.rosa.rep.id]
    api_keys.remove_key(deps, world.workspace.id, key.id)

    assert world.rosa.api("POST", "/leads", BODY, Idempotency_Key="k").status_code == 401


@pytest.mark.parametrize("who", ["rosa", "ivo", "program"])
def test_the_same_key_of_another_credential_is_another_key(world: World, deps: Deps, who: str) -> None:
    """Neither a colleague, an admin nor a second key of the same rep hears of what was done, nor is it held against them."""
    assert world.rosa.api("POST", "/tasks", {"lead": world.hers.ids["lead"], "text": "Mine"}, Idempotency_Key="k").status_code == 201
    other = other_key(getattr(world, who), deps, world)
    lead = (world.his if who == "ivo" else world.hers).ids["lead"]

    answer = other.api("POST", "/tasks", {"lead": lead, "text": "Other"}, Idempotency_Key="k")

    assert (answer.status_code, answer.json["text"]) == (201, "Other")
    assert "Idempotent-Replayed" not in answer.headers


def test_two_credentials_at_once_do_not_meet(world: World) -> None:
    """One key of idempotency in flight from four callers at once: each gets an answer of its own."""
    callers = [(world.rosa, world.hers), (world.ivo, world.his), (world.ada, world.hers), (world.program, world.his)] * 2

    def ask(pair: tuple[Caller, object]) -> tuple[int, str]:
        caller, records = pair
        answer = caller.api("POST", "/notes", {"lead": records.ids["lead"], "text": caller.key}, Idempotency_Key="k")
        return answer.status_code, answer.json["text"]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, callers))
    assert found == [(201, caller.key) for caller, _ in callers]


def test_the_key_stands_for_one_request(world: World) -> None:
    """With another body, path or query it is refused (422), for the same credential alone."""
    lead = world.hers.ids["lead"]
    assert world.rosa.api("POST", "/tasks", {"lead": lead, "text": "x"}, Idempotency_Key="k").status_code == 201
    assert world.rosa.api("POST", "/tasks", {"lead": lead, "text": "y"}, Idempotency_Key="k").status_code == 422
    assert world.rosa.api("POST", "/notes", {"lead": lead, "text": "x"}, Idempotency_Key="k").status_code == 422
    assert world.rosa.api("POST", "/tasks?a=b", {"lead": lead, "text": "x"}, Idempotency_Key="k").status_code == 422
