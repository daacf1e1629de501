"""A rep's key or session acts as that rep only, and a refusal tells nothing of what may not be seen."""

import io

import pytest

from tests.api.samples import body_of
from tests.authorization.world import Caller, World
from tracker.actions.deps import Deps
from tracker.actions.imports.import_jobs import ImportWorker
from tracker.web.api.app import operations

NAMED = ("rep", "owner")
"""What fields are called that name a rep."""
BODIES = [(o, name) for o in operations() for name in NAMED if o.body and name in o.body.model_fields and o.method in ("POST", "PATCH")]
QUERIES = [(o, name) for o in operations() for name in NAMED if o.query and name in o.query.model_fields]
SPEAKS = ("POST /messages", "POST /sales", "PATCH /sales/{sale}")
"""Where the named rep is who sent or sold; in the others it is who is given something."""


def texts_of(world: World) -> tuple[str, ...]:
    """Ways to name Ivo."""
    return world.his.ids["rep"], "ivo@us.example", "IVO@US.example", " ivo@us.example\t", f" {world.his.ids['rep']} "


@pytest.mark.parametrize(("operation", "name"), BODIES, ids=lambda value: getattr(value, "path", value))
def test_no_body_names_another_rep(world: World, operation, name: str) -> None:
    """Every field of every body that names a rep: a colleague is refused, however written; oneself is not."""
    call = f"{operation.method} {operation.path}"
    ids = world.hers.ids | {"name": "webhook"}
    for text in texts_of(world):
        body = body_of(call, ids) | {name: text}
        answer = world.rosa.api(operation.method, operation.path.format(**ids), body)
        assert answer.status_code in (403, 422), (text, answer.text)
        assert (
            answer.status_code == 403
            or text not in (world.his.ids["rep"], "ivo@us.example")
            or operation.path.startswith(("/tasks", "/sales"))
        )
    mine = body_of(call, ids) | {name: world.hers.ids["rep"]}
    assert world.rosa.api(operation.method, operation.path.format(**ids), mine).status_code < 300
    theirs = body_of(call, ids) | {name: world.his.ids["rep"]} | ({"email": "y@lead.example"} if call == "POST /leads" else {})
    assert world.ada.api(operation.method, operation.path.format(**ids), theirs).status_code < 300


def test_every_way_to_name_a_rep_is_tried() -> None:
    """The walk above and the tests below know all fields that name a rep."""
    assert {(f"{o.method} {o.path}", name) for o, name in BODIES} == {
        ("POST /leads", "owner"),
        ("PATCH /leads/{lead}", "owner"),
        ("POST /messages", "rep"),
        ("POST /tasks", "rep"),
        ("PATCH /tasks/{task}", "rep"),
        ("POST /sales", "rep"),
        ("PATCH /sales/{sale}", "rep"),
    }
    filters = {(path, name) for path in ("/reports/{name}", "/reports/{name}/records") for name in ("owner", "rep")}
    writes = {("/leads/import", "owner"), ("/imports", "owner")}
    assert {(o.path, name) for o, name in QUERIES} == {("/leads", "owner"), ("/conversations", "rep")} | writes | filters


def test_an_import_is_for_oneself(world: World, deps: Deps) -> None:
    """Naming a colleague as the owner is refused; one named in a row is replaced, so that no lead vanishes from sight."""
    rows = b"email,owner\nfresh@lead.example,ivo@us.example\n"
    ivo = world.his.ids["rep"]
    assert world.rosa.api("POST", f"/leads/import?owner={ivo}", rows).status_code == 403
    assert world.rosa.api("POST", "/leads/import", rows).json["added"] == 1

    assert world.rosa.api("POST", f"/imports?owner={ivo}", rows).status_code == 403
    assert world.rosa.api("POST", "/imports", rows.replace(b"fresh", b"later")).status_code in (200, 201, 202)
    ImportWorker().work(deps, lambda: True)

    leads = deps.store.of(world.workspace.id).leads
    assert {leads.by_email(f"{name}@lead.example").owner for name in ("fresh", "later")} == {world.hers.ids["rep"]}


def test_with_all_leads_shared_a_rep_acts_only_as_themselves(world: World, deps: Deps) -> None:
    """Who sees all leads may hand over leads and tasks, but neither send, sell nor note as sent in another's name."""
    world.set_policy(deps, "all")
    ivo, lead = world.his.ids["rep"], world.hers.ids["lead"]
    for call in SPEAKS:
        method, path = call.split()
        ids = world.hers.ids
        assert world.rosa.api(method, path.format(**ids), body_of(call, ids) | {"rep": ivo}).status_code == 403, call
    for path in (f"/messages/{world.his.ids['message']}/send", f"/messages/{world.his.ids['message']}/sent"):
        assert world.rosa.api("POST", path, {} if path.endswith("sent") else None).status_code == 403, path
    assert world.rosa.page("POST", f"/messages/{world.his.ids['message']}/send").status_code == 403
    assert world.rosa.api("POST", "/tasks", {"lead": lead, "text": "x", "rep": ivo}).status_code == 201
    assert world.rosa.api("PATCH", f"/leads/{lead}", {"owner": ivo}).status_code == 200
    assert world.rosa.api("POST", "/messages", body_of("POST /messages", {"lead": lead})).json["rep"] == world.hers.ids["rep"]


def test_a_colleagues_draft_to_unowned_lead_stays_theirs(world: World, deps: Deps) -> None:
    """The message may be seen, because the lead has no owner now; it is sent by its rep and by admins."""
    deps.store.of(world.workspace.id).leads.change(world.his.ids["lead"], owner=None)
    message = world.his.ids["message"]

    assert world.rosa.api("GET", f"/messages/{message}").status_code == 200
    assert world.rosa.api("POST", f"/messages/{message}/sent", {}).status_code == 403
    assert world.rosa.api("POST", f"/messages/{message}/events", {"kind": "reply"}).status_code == 403
    assert world.rosa.api("POST", f"/messages/{message}/send").status_code == 403
    assert world.ivo.api("POST", f"/messages/{message}/sent", {}).status_code == 200


def test_the_console_gives_no_lead_away(world: World, deps: Deps) -> None:
    """The owner's select offers no other rep, and the forms refuse a colleague in the mode in which reps see only own leads."""
    ivo, lead = world.his.ids["rep"], world.hers.ids["lead"]
    assert world.rosa.page("POST", f"/leads/{lead}/owner", {"owner": ivo}).status_code == 403
    assert world.rosa.page("POST", "/leads", {"email": "z@lead.example", "name": "Z", "owner": ivo}).status_code == 403
    assert f'value="{ivo}"' not in world.rosa.page("GET", f"/leads/{lead}").text
    assert f'value="{ivo}"' not in world.rosa.page("GET", "/leads/new").text
    assert deps.store.of(world.workspace.id).leads.get(lead).owner == world.hers.ids["rep"]
    assert world.ada.page("POST", f"/leads/{lead}/owner", {"owner": ivo}).status_code == 303


@pytest.mark.parametrize("way", ["POST", "PATCH"])
def test_a_taken_address_names_the_lead_to_who_may_see_it(world: World, way: str) -> None:
    """Others are told that an admin can assign it: no id, no name, no owner."""

    def ask(caller: Caller, mark: str) -> dict[str, str]:
        path = "/leads" if way == "POST" else f"/leads/{world.hers.ids['lead']}"
        answer = caller.api(way, path, {"email": f"{mark.upper()}@lead.example", "name": "N"})
        assert answer.status_code == 409, answer.text
        return answer.json

    hidden = ask(world.rosa, world.his.mark)
    assert world.his.shown_in(str(hidden)) == []
    assert hidden["detail"].endswith("An admin can assign it to you.")
    assert set(hidden) == {"type", "title", "status", "detail"}
    assert ask(world.rosa, world.unowned.mark)["lead"] == world.unowned.ids["lead"]
    assert ask(world.ada, world.his.mark)["lead"] == world.his.ids["lead"]


@pytest.mark.parametrize("way", ["POST", "PATCH"])
def test_a_taken_name_names_the_company_to_who_may_see_it(world: World, way: str) -> None:
    """As with leads."""
    path = "/companies" if way == "POST" else f"/companies/{world.hers.ids['company']}"
    hidden = world.rosa.api(way, path, {"name": f"FIRM {world.his.mark}"})
    known = world.rosa.api(way, path, {"name": f"Firm {world.unowned.mark}"})

    assert (hidden.status_code, known.status_code) == (409, 409)
    assert world.his.shown_in(hidden.text) == []
    assert "company" not in hidden.json
    assert known.json["company"] == world.unowned.ids["company"]


def test_the_console_names_a_known_lead_to_who_may_see_it(world: World) -> None:
    """The form of a new lead, and a changed address, with a link or with what an admin can do."""
    address = f"{world.his.mark}@lead.example"
    hidden = world.rosa.page("POST", "/leads", {"email": address, "name": "N"})
    known = world.ada.page("POST", "/leads", {"email": address, "name": "N"})

    assert (hidden.status_code, known.status_code) == (409, 409)
    assert world.his.shown_in(hidden.text, address) == []
    assert "An admin can assign it to you." in hidden.text
    assert f"/leads/{world.his.ids['lead']}" in known.text
    path = f"/leads/{world.hers.ids['lead']}"
    assert world.rosa.page("POST", f"{path}/contact", {"email": address, "name": "N"}).status_code == 303
    assert world.hers.mark in world.rosa.page("GET", path).text


def test_an_import_tells_nothing_of_a_colleagues_lead(world: World, deps: Deps) -> None:
    """Its row is refused like its address, in the preview, the result and the file of refused rows; the lead stays as it is."""
    rows = f"email,name,phone\n{world.his.mark}@lead.example,Mine,555\n".encode()
    before = deps.store.of(world.workspace.id).leads.get(world.his.ids["lead"])

    made = world.rosa.api("POST", "/leads/import", rows).json
    preview = world.rosa.page("POST", "/leads/import", {"file": (io.BytesIO(rows), "l.csv")}).text

    assert (made["added"], made["updated"], made["duplicates"], len(made["errors"])) == (0, 0, 0, 1)
    assert "An admin can assign it to you." in made["errors"][0]["text"]
    assert world.his.shown_in(str(made), rows.decode()) == []
    assert world.his.ids["lead"] not in preview
    assert f"Lead {world.his.mark}" not in preview
    assert "An admin can assign it to you." in preview
    assert deps.store.of(world.workspace.id).leads.get(world.his.ids["lead"]) == before
