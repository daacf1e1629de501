"""Who may do what: keys, other workspaces, roles, doubled requests."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from tests.api.conftest import Program
from tests.api.samples import (
    BODIES,
    add_alert,
    add_automation_entry,
    add_conversation,
    add_form,
    add_inquiry_mailbox,
    add_merged,
    add_outreach,
    add_view,
    body_of,
)
from tracker.actions.imports import import_jobs
from tracker.actions.mail_relay.app_passwords import new_app_password
from tracker.actions.workspace import workspaces
from tracker.base.clock import utc_now
from tracker.domain.activity.visit import Visit
from tracker.domain.leads.import_choices import ImportChoices
from tracker.web.api.app import operations

WITH_IDS = [operation for operation in operations() if "{" in operation.path and operation.path.count("{") > operation.path.count("{name}")]
WITH_LEAD = [operation for operation in operations() if operation.body and "lead" in operation.body.model_fields]
PARTS = (
    *(
        "lead",
        "message",
        "rep",
        "task",
        "note",
        "sale",
        "touch",
        "visit",
        "event",
        "company",
        "site_key",
        "watched_page",
        "form",
        "alert_rule",
    ),
    *(
        "merged",
        "other",
        "change",
        "attachment",
        "template",
        "snippet",
        "team",
        "lead_list",
        "lead_import",
        "alert",
        "delivery",
        "link",
        "app_password",
        "conversation",
        "hook",
        "rate",
        "cost",
        "saved_report",
        "target",
        "automation",
        "automation_entry",
        "sequence",
        "enrolment",
        "campaign",
    ),
)


def name_of(operation):
    return f"{operation.method} {operation.path}"


@pytest.fixture
def ids(api, deps, workspace, hire):
    """One record of each kind in the first workspace, by the name it has in paths."""
    rep, _ = hire("Rosa")
    lead = api.lead(company="Acme")
    found = {"lead": lead["id"], "company": lead["company_id"], "rep": rep.id, "name": "email", "visit": "ab" * 16}
    found["site_key"] = workspaces.add_site(deps, workspace.id, name="Site", origins=["https://www.us.example"]).key
    api.put(f"/reps/{rep.id}/channels/email", {"address": "rosa@us.example"})
    found["attachment"] = api.post("/attachments", body_of("POST /attachments", found)).json["id"]
    for name in ("message", "task", "note", "sale", "template", "snippet", "team", "link", "rate", "cost", "target", "hook", "automation"):
        found[name] = api.post(f"/{name}s", body_of(f"POST /{name}s", found)).json["id"]
    found |= add_outreach(deps, workspace.id, lead["id"], None)
    found["conversation"] = add_conversation(deps, deps.store.of(workspace.id).messages.get(found["message"]))
    found["app_password"] = new_app_password(deps, rep, name="Laptop")[0].id
    found["touch"] = api.post("/leads/{lead}/touches".format(**found), {"type": "Webinar"}).json["id"]
    found["alert_rule"] = api.post("/alert-rules", body_of("POST /alert-rules", found)).json["id"]
    found["lead_list"] = api.post("/lists", body_of("POST /lists", found)).json["id"]
    found["saved_report"] = api.post("/saved-reports", body_of("POST /saved-reports", found)).json["id"]
    found["lead_import"] = import_jobs.start(deps, workspace.id, b"email\na@x.example\n", choices=ImportChoices()).id
    now = utc_now()
    visit = Visit(id=found["visit"], workspace=workspace.id, visitor="v", lead=lead["id"], started_at=now, ended_at=now, pages=())
    deps.store.of(workspace.id).visits.add(visit)
    found["watched_page"] = api.post("/watched-pages", body_of("POST /watched-pages", found)).json["id"]
    add_inquiry_mailbox(deps, workspace.id)
    found |= add_alert(deps, workspace.id, lead["id"], rep.id)
    found["event"] = add_view(deps, workspace.id, lead["id"])
    found |= add_merged(deps, workspace.id, lead["id"])
    found["change"] = api.patch(f"/leads/{lead['id']}", {"phone": "+351 21"}).json["change"]
    found["automation_entry"] = add_automation_entry(deps, workspace.id, lead["id"], found["change"])
    found["form"] = add_form(deps, workspace.id, found["site_key"])
    return found


def test_every_call_with_a_body_has_a_sample():
    """The tests below walk over all calls; none may be missed."""
    assert {name_of(operation) for operation in operations() if operation.body} == set(BODIES)


def test_records_of_another_workspace_are_not_found(api, stranger, ids):
    """For every method of every address: 404, never 403, never the record, never a change."""
    before, found = api.get(f"/leads/{ids['lead']}").json, []
    for operation in WITH_IDS:
        body = body_of(name_of(operation), ids) if operation.body else None
        path = operation.path.format(**ids)
        for method in {operation.method, "HEAD" if operation.method == "GET" else operation.method}:
            answer = stranger.call(method, path, body)
            if answer.status_code != 404 or ids["lead"] in answer.text or api.get(f"/leads/{ids['lead']}").json != before:
                found.append((method, operation.path, answer.status_code, answer.text))
    assert found == []


def test_nothing_is_hung_on_another_workspaces_lead(stranger, ids):
    """An id inside a body is as foreign as one in the address."""
    for operation in WITH_LEAD:
        answer = stranger.call(operation.method, operation.path, body_of(name_of(operation), ids))
        assert answer.status_code == 404, name_of(operation)


def test_lists_hold_nothing_of_another_workspace(stranger, ids):
    """Asked for with another workspace's lead or without, a list never holds its records."""
    for operation in [o for o in operations() if o.method == "GET" and "{" not in o.path and o.response]:
        named = f"?lead={ids['lead']}" if operation.query and "lead" in operation.query.model_fields else ""
        answer = stranger.get(operation.path + named)
        assert answer.status_code in (200, 404), name_of(operation)
        assert not any(value in answer.text for name, value in ids.items() if name != "name"), name_of(operation)


def test_ids_are_ids(api):
    """What cannot be an id is not found, and asks the store nothing."""
    for operation in WITH_IDS:
        for odd in ("x", "A" * 32, "..", "$ne", "é", "0" * 33, "%00"):
            names = dict.fromkeys(PARTS, odd)
            path = operation.path.format(**names, name="email")
            body = body_of(name_of(operation), names) if operation.body else None
            assert api.call(operation.method, path, body).status_code in (404, 405), (name_of(operation), odd)


def test_without_a_key_nothing_is_answered(app):
    """401 for every call, with the challenge that RFC 6750 asks for."""
    for operation in operations():
        answer = app.test_client().open("/api/v1" + operation.path.replace("{name}", "email"), method=operation.method)
        assert answer.status_code == 401, name_of(operation)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"


def test_guessing_keys_is_slowed_down_but_harms_no_real_key(app, api):
    """After a hundred wrong keys from one address: 429; a key that works still works."""
    client = app.test_client()
    statuses = [client.get("/api/v1/reps", headers={"Authorization": f"Bearer ll_{n}"}).status_code for n in range(102)]

    # The count begins anew with each quarter of an hour, which may just strike now.
    assert statuses[0] == 401
    assert statuses[-1] == 429 or 429 not in statuses
    assert api.get("/reps").status_code == 200


def test_reps_see_what_the_policy_lets_them_see(api, deps, workspace, hire):
    """Under `own`, a colleague's lead is not found, in lists neither; unowned ones are."""
    rosa, as_rosa = hire("Rosa")
    ivo, _ = hire("Ivo")
    policy = msgspec.structs.replace(workspace.policy, reps_see="own")
    workspaces.change_workspace(deps, workspace.id, policy=policy)
    mine = api.lead("mine@acme.example", owner=rosa.id)["id"]
    theirs = api.lead("theirs@acme.example", owner="ivo@us.example")["id"]
    unowned = api.lead("unowned@acme.example")["id"]
    api.post("/notes", {"lead": theirs, "text": "secret"})

    assert {mine, unowned} == {lead["id"] for lead in as_rosa.get("/leads").json["items"]}
    assert as_rosa.get(f"/leads/{theirs}").status_code == 404
    assert as_rosa.patch(f"/leads/{theirs}", {"job_title": "x"}).status_code == 404
    assert "secret" not in as_rosa.get("/notes").text
    assert as_rosa.get("/reports/activity").status_code == 403
    assert as_rosa.patch(f"/leads/{mine}", {"owner": ivo.id}).status_code == 403
    assert as_rosa.post(f"/leads/{unowned}/take").json["owner"] == rosa.id
    assert as_rosa.post(f"/leads/{theirs}/take").status_code == 404


def test_settings_are_for_admins(hire):
    """A rep's key changes neither pipeline nor colleagues, nor where alerts go; their own channels they may read."""
    rosa, as_rosa = hire("Rosa")
    ivo, _ = hire("Ivo")

    assert as_rosa.put("/stages", {"items": [{"name": "New"}]}).status_code == 403
    assert as_rosa.post("/reps", {"email": "x@us.example", "name": "X"}).status_code == 403
    assert as_rosa.patch(f"/reps/{rosa.id}", {"role": "admin"}).status_code == 403
    assert as_rosa.put(f"/reps/{ivo.id}/channels/email", {"address": "rosa@us.example"}).status_code == 404
    assert as_rosa.put(f"/reps/{rosa.id}/channels/email", {"address": "rosa@us.example"}).status_code == 403
    assert as_rosa.delete(f"/reps/{rosa.id}/channels/console").status_code == 403
    assert as_rosa.get(f"/reps/{rosa.id}/channels").status_code == 200
    assert as_rosa.get("/team/channels").status_code == 403


def test_the_same_post_twice_is_done_once(api):
    """With an Idempotency-Key the answer is the same again; another body under it is refused."""
    body = {"email": "dana@acme.example", "name": "Dana"}

    first = api.post("/leads", body, Idempotency_Key="k1")
    again = api.post("/leads", body, Idempotency_Key="k1")
    other = api.post("/leads", body | {"name": "D"}, Idempotency_Key="k1")

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json == again.json
    assert len(api.get("/leads").json["items"]) == 1


def test_the_same_post_at_once_is_done_once(api):
    """Eight of them in flight together: one lead, eight times the same answer."""
    body = {"email": "dana@acme.example", "name": "Dana"}

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: Program(api.client.application.test_client(), api.key).post("/leads", body, Idempotency_Key="k"), range(8))
        )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(api.get("/leads").json["items"]) == 1


def test_a_refused_post_may_be_mended_under_the_same_key(api):
    """Only what was done is remembered."""
    assert api.post("/leads", {"email": "x", "name": "D"}, Idempotency_Key="k2").status_code == 422
    assert api.post("/leads", {"email": "x@acme.example", "name": "D"}, Idempotency_Key="k2").status_code == 201


def test_other_methods_are_told_which_ones_there_are(api):
    """405 with Allow; an override header changes nothing."""
    ids = dict.fromkeys(PARTS, "a" * 32)
    for operation in operations():
        known = {o.method for o in operations() if o.path == operation.path}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
            answer = api.call(method, operation.path.format(**ids, name="email"), X_HTTP_Method_Override=operation.method)
            assert answer.status_code == 405, (method, operation.path)
            assert known <= set(answer.headers["Allow"].split(", "))
            assert answer.content_type == "application/problem+json"


def test_bodies_have_a_limit(api):
    """What is too large is refused before it is read."""
    answer = api.post("/leads", b"x" * 70_000)

    assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
