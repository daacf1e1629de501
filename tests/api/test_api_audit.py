"""The audit log by API: which calls are written down, by whom, and who may read it."""

import json

import pytest

from tests.api.samples import add_alert, add_automation_entry, add_form, add_inquiry_mailbox, add_merged, add_outreach, add_view, body_of
from tracker.actions.imports import import_jobs
from tracker.actions.mail_relay.app_passwords import new_app_password
from tracker.actions.workspace import workspaces
from tracker.domain.leads.import_choices import ImportChoices
from tracker.domain.ops.audit import AuditAction
from tracker.domain.outreach.campaign import CampaignState
from tracker.domain.team.rep import Role
from tracker.web.api.app import operations

CHANGES = [operation for operation in operations() if operation.method != "GET"]
EVERYDAY = "everyday work with a lead, told by its own records and timeline"
NOT_AUDITED = {
    "POST /leads/{lead}/duplicates/dismiss": EVERYDAY,
    "POST /leads": EVERYDAY,
    "PATCH /leads/{lead}": EVERYDAY,
    "POST /leads/{lead}/take": EVERYDAY,
    "POST /changes/{change}/undo": EVERYDAY,
    "POST /leads/{lead}/archive": EVERYDAY,
    "POST /leads/{lead}/moves": EVERYDAY,
    "POST /leads/{lead}/restore": EVERYDAY,
    "POST /messages": EVERYDAY,
    "PATCH /messages/{message}": EVERYDAY,
    "POST /messages/{message}/send": EVERYDAY,
    "POST /messages/{message}/cancel": EVERYDAY,
    "POST /messages/{message}/sent": EVERYDAY,
    "POST /messages/{message}/events": EVERYDAY,
    "PATCH /conversations/{conversation}": EVERYDAY,
    "POST /attachments": EVERYDAY,
    "POST /snippets": EVERYDAY,
    "PATCH /snippets/{snippet}": EVERYDAY,
    "POST /links": EVERYDAY,
    "PATCH /links/{link}": EVERYDAY,
    "POST /lists": EVERYDAY,
    "POST /saved-reports": EVERYDAY,
    "PATCH /lists/{lead_list}": EVERYDAY,
    "POST /tasks": EVERYDAY,
    "PATCH /tasks/{task}": EVERYDAY,
    "PATCH /alerts/{alert}": EVERYDAY,
    "POST /alerts/{alert}/deliveries/{delivery}/retry": EVERYDAY,
    "POST /notes": EVERYDAY,
    "PATCH /notes/{note}": EVERYDAY,
    "POST /sales": EVERYDAY,
    "PATCH /sales/{sale}": EVERYDAY,
    "POST /leads/{lead}/touches": EVERYDAY,
    "POST /leads/{lead}/inquiries": EVERYDAY,
    "POST /companies": EVERYDAY,
    "PATCH /companies/{company}": EVERYDAY,
    "POST /reps/{rep}/channels/{name}/test": "changes nothing",
    "POST /alert-rules/preview": "changes nothing",
    "POST /automations/preview": "changes nothing",
    "POST /rules/preview": "changes nothing",
    "POST /team/channels/{name}/test": "changes nothing",
    "POST /hooks/{hook}/test": "changes nothing",
    "POST /campaigns/{campaign}/test": "changes nothing",
}
"""Calls that change something and stand in no audit log, and why."""
EXPORTS = [operation for operation in operations() if operation.path.endswith("/export")]
AUDITED = [operation for operation in CHANGES if operation.audit] + EXPORTS
CSV = b"email,name\nada@x.example,Ada\nbad,Bad\n"


def name_of(operation):
    return f"{operation.method} {operation.path}"


def log(api, query=""):
    """The entries, oldest first."""
    return api.get(f"/audit{query}").json["items"][::-1]


@pytest.fixture
def ids(api, deps, workspace, hire):
    """A record for each part of a path."""
    rep, _ = hire("Rosa")
    lead = api.lead(company="Acme")
    found = {"lead": lead["id"], "company": lead["company_id"], "rep": rep.id, "name": "email"}
    found["site_key"] = workspaces.add_site(deps, workspace.id, name="Site", origins=["https://www.us.example"]).key
    for path in (f"/reps/{rep.id}/channels/email", "/team/channels/email"):
        api.put(path, {"address": "rosa@us.example"})
    found["watched_page"] = api.post("/watched-pages", {"url": "https://www.us.example/pricing"}).json["id"]
    api.put(f"/reps/{rep.id}/alert-preferences", {"days": ["monday"]})
    found["alert_rule"] = api.post("/alert-rules", body_of("POST /alert-rules", found)).json["id"]
    found["event"] = add_view(deps, workspace.id, lead["id"])
    found |= add_merged(deps, workspace.id, lead["id"])
    found["form"] = add_form(deps, workspace.id, found["site_key"])
    for name in ("message", "task", "note", "sale", "template", "snippet", "rate", "cost", "target", "hook", "automation"):
        found[name] = api.post(f"/{name}s", body_of(f"POST /{name}s", found)).json["id"]
    found |= add_outreach(deps, workspace.id, lead["id"], None)
    found["app_password"] = new_app_password(deps, rep, name="Laptop")[0].id
    add_inquiry_mailbox(deps, workspace.id)
    found["delivery"] = add_alert(deps, workspace.id, lead["id"])["delivery"]
    found["touch"] = api.post("/leads/{lead}/touches".format(**found), {"type": "Webinar"}).json["id"]
    change = api.patch(f"/leads/{lead['id']}", {"phone": "+351 21"}).json["change"]
    found["automation_entry"] = add_automation_entry(deps, workspace.id, lead["id"], change)
    found["lead_list"] = api.post("/lists", body_of("POST /lists", found)).json["id"]
    found["saved_report"] = api.post("/saved-reports", body_of("POST /saved-reports", found)).json["id"]
    found["team"] = api.post("/teams", {"name": "Inside sales"}).json["id"]
    deps.store.database.audit.delete_many({})
    return found


def test_every_call_that_changes_something_is_audited_or_says_why_not():
    """A new call has to be declared; calls of admins and deletions have no excuse."""
    assert {name_of(operation) for operation in CHANGES if not operation.audit} == set(NOT_AUDITED)
    assert not [
        name_of(o) for o in CHANGES if not o.audit and (o.method == "DELETE" or (o.admin and not o.path.endswith(("/test", "/preview"))))
    ]
    assert [name_of(operation) for operation in operations() if operation.method == "GET" and operation.audit] == [name_of(*EXPORTS)]


@pytest.mark.parametrize("operation", AUDITED, ids=name_of)
def test_a_call_writes_what_it_declares(api, deps, workspace, ids, operation):
    """By the key that was used, from the client's address; a call that is refused writes nothing."""
    ids["lead_import"] = import_jobs.start(deps, workspace.id, CSV, choices=ImportChoices()).id
    if operation.name == "undo_import":
        import_jobs.cancel(deps, workspace.id, ids["lead_import"])
    if operation.name == "switch_campaign":
        deps.store.of(workspace.id).campaigns.change(ids["campaign"], state=CampaignState.RUNNING)
    body = CSV if operation.file else body_of(name_of(operation), ids) if operation.body else None
    path = operation.path.format(**ids)
    missing = operation.path.format(**dict.fromkeys(ids, "0" * 32) | {"name": "slack"})
    assert api.call(operation.method, missing, None if operation.body is None else {"nonsense": 1}).status_code >= 400 or operation.file
    if not operation.file:
        assert log(api) == []

    answer = api.call(operation.method, path, body)

    assert answer.status_code == operation.status, answer.text
    (entry,) = log(api)
    assert entry["action"] in operation.audit
    assert entry["subject"]
    assert (entry["actor"]["kind"], entry["actor"]["name"], entry["actor"]["address"]) == ("key", "API", "127.0.0.1")


def test_a_call_that_changes_nothing_writes_nothing(api, ids):
    """The same stages, the same name, again."""
    for method, path, body in (
        ("PUT", "/stages", {"items": [{"name": s["name"], "kind": s["kind"]} for s in api.get("/stages").json["items"]]}),
        ("PATCH", f"/reps/{ids['rep']}", {"name": "Rosa"}),
        ("PATCH", f"/reps/{ids['rep']}", {}),
        ("PATCH", f"/sites/{ids['site_key']}", {"name": "Site"}),
        ("PUT", f"/leads/{ids['lead']}/events/{ids['event']}/cause", {"cause": None}),
    ):
        assert api.call(method, path, body).status_code == 200
    assert log(api) == []


def test_an_entry_that_cannot_be_written_is_an_error(api, deps):
    """The change is made, but the answer does not say that all is well."""
    database = deps.store.database
    database.command("collMod", "audit", validator={"never": {"$exists": True}})
    try:
        answer = api.put("/sources", {"items": ["Fair"]})
    finally:
        database.command("collMod", "audit", validator={})

    assert answer.status_code == 503
    assert [source["name"] for source in api.get("/sources").json["items"]] == ["Fair"]
    assert log(api) == []


def test_a_repeated_post_is_one_entry(api):
    """Under an Idempotency-Key it was done once."""
    for _ in range(2):
        assert api.post("/reps", {"email": "rosa@us.example", "name": "Rosa"}, Idempotency_Key="k").status_code == 201
    (entry,) = log(api)
    assert (entry["action"], entry["subject"], entry["details"]) == ("rep_added", "Rosa", {"email": "rosa@us.example", "role": "rep"})


def test_role_address_and_access_are_entries_of_their_own(api, hire):
    """One call may write several, with the old and the new value."""
    rosa, _ = hire("Rosa")
    hire("Boss", Role.ADMIN)
    api.patch(f"/reps/{rosa.id}", {"role": "admin", "email": "r@us.example", "name": "Rosa B"})
    api.patch(f"/reps/{rosa.id}", {"is_active": False})

    found = {entry["action"]: entry["details"] for entry in log(api)}
    assert found == {
        "role_changed": {"old": "rep", "new": "admin"},
        "address_changed": {"old": "rosa@us.example", "new": "r@us.example"},
        "rep_changed": {"name": "Rosa → Rosa B"},
        "rep_deactivated": {},
    }


def test_secrets_of_channels_stay_out(api, hire):
    """Neither token nor webhook address nor signing secret, whichever way they come in."""
    rosa, _ = hire("Rosa")
    for name, body in (
        ("slack", {"bot_token": "xoxb-hunter2", "channel": "#sales"}),
        ("slack", {"webhook_url": "https://hooks.slack.example/services/hunter2"}),
        ("webhook", {"url": "https://hooks.us.example/hunter2?x=hunter2", "secret": "hunter2-hunter2-hunter2-hunter2"}),
    ):
        for whose in (f"/reps/{rosa.id}", "/team"):
            assert api.put(f"{whose}/channels/{name}", body).status_code == 200
    assert len(log(api)) == 6
    assert "hunter2" not in json.dumps(log(api))


def test_a_rep_does_not_read_it(hire, stranger, api):
    """Admins only; another workspace's admin finds nothing of ours."""
    _, as_rosa = hire("Rosa")
    api.put("/sources", {"items": ["Fair"]})

    assert as_rosa.get("/audit").status_code == 403
    assert stranger.get("/audit").json == {"items": [], "next": None}
    assert [entry["subject"] for entry in log(api)] == ["sources"]


def test_it_is_paged_and_narrowed(api, hire, app, deps, workspace):
    """Newest first, every entry once; by action, by actor, by time."""
    _, as_boss = hire("Boss", Role.ADMIN)
    for number in range(7):
        (api if number % 2 else as_boss).put("/sources", {"items": [f"S{number}"]})
    api.post("/sites", {"name": "Site", "origins": ["https://www.us.example"]})
    api.delete(f"/sites/{api.get('/sites').json['items'][0]['key']}")

    everything, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/audit?limit=2{cursor}").json
        everything += page["items"]
        cursor = page["next"] and f"&cursor={page['next']}"
    times = [entry["at"] for entry in everything]
    assert (len(everything), len({entry["id"] for entry in everything}), times) == (9, 9, sorted(times, reverse=True))
    assert [entry["action"] for entry in log(api, "?action=deleted")] == ["deleted"]
    boss = everything[-1]["actor"]["id"]
    assert len(log(api, f"?actor={boss}")) == 4
    assert {entry["actor"]["id"] for entry in log(api, f"?actor={boss}")} == {boss}
    assert len(log(api, f"?since={times[3]}")) + len(log(api, f"?until={times[3]}")) == 9
    assert log(api, "?actor=operator") == []
    for wrong in ("action=nonsense", "actor=x", "actor=$ne", "since=yesterday", "cursor=x", "since=0001-01-01T00:00:00%2B14:00", "limit=0"):
        assert api.get(f"/audit?{wrong}").status_code == 422, wrong


def test_an_actor_renamed_later_keeps_the_name_of_then(api, deps, workspace):
    """The log says who it was at that moment, in one line, whatever the name holds."""
    deps.store.database.api_keys.update_many({}, {"$set": {"name": "x\u202e\n<b>evil"}})
    api.put("/sources", {"items": ["Fair"]})
    (entry,) = log(api)

    assert entry["actor"]["name"] == "x <b>evil"


def test_every_declared_action_is_one(api):
    """OpenAPI tells which entries a call may write."""
    described = api.get("/openapi.json").json
    for operation in AUDITED:
        told = described["paths"][operation.path][operation.method.lower()]["description"]
        assert all(f"`{AuditAction(action).value}`" in told for action in operation.audit)
