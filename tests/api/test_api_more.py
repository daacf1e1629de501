"""Settings, channels and files by API; the live stream for browsers; errors without secrets."""

import io

import msgspec
import pytest

from tests.api.conftest import Program
from tracker.actions.reports.event_counts import count_events
from tracker.actions.team import api_keys, reps, sessions
from tracker.actions.workspace import workspaces


def test_a_channel_is_set_tried_and_removed(api, deps, workspace, hire):
    """Secrets are never shown again; a test writes one alert with one delivery, marked as a test."""
    rep, _ = hire("Rosa")
    path = f"/reps/{rep.id}/channels"

    made = api.put(f"{path}/slack", {"bot_token": "xoxb-very-secret-1234", "channel": "#sales"})
    tried = api.post(f"{path}/slack/test")

    assert (made.status_code, tried.status_code) == (200, 202)
    assert "very-secret" not in api.get(path).text
    alert = api.get("/alerts").json["items"][0]
    assert (alert["id"], alert["rule"], alert["lead"]) == (tried.json["alert"], "test", None)
    assert [(d["channel"], d["state"]) for d in alert["deliveries"]] == [("slack", "due")]
    assert deps.store.of(workspace.id).channels.of_rep(rep.id)[0].config["bot_token"] == "xoxb-very-secret-1234"
    assert api.delete(f"{path}/slack").status_code == 204
    assert api.get(path).json["items"] == []


@pytest.mark.parametrize(
    ("name", "config", "shown"),
    [
        (
            "slack",
            {"webhook_url": "https://hooks.slack.example/services/T0/B0/sEcReT99"},
            {"webhook_url": "https://hooks.slack.example/…eT99"},
        ),
        (
            "webhook",
            {"url": "https://hook.example/in", "secret": "sEcReT"},
            {"url": "https://hook.example/in", "secret": "…"},
        ),
    ],
)
def test_of_a_secret_only_its_end_is_shown(api, hire, name, config, shown):
    """What is shown cannot be put back in place of the secret. A webhook's address is shown to those who may set it."""
    rep, _ = hire("Rosa")
    path = f"/reps/{rep.id}/channels"
    assert api.put(f"{path}/{name}", config).json["config"] == shown
    assert "sEcR" not in api.get(path).text
    refused = api.put(f"{path}/{name}", shown)
    assert (refused.status_code, refused.json["field"] in shown) == (422, True)
    assert api.get(path).json["items"][0]["config"] == shown


def test_channels_take_their_own_settings_only(api, hire):
    """Half a Slack app, a local file, an unknown channel: rejected with the field."""
    rep, _ = hire("Rosa")
    path = f"/reps/{rep.id}/channels"

    assert api.put(f"{path}/slack", {"bot_token": "x"}).status_code == 422
    assert api.put(f"{path}/slack", {"webhook_url": "file:///etc/passwd"}).json["field"] == "webhook_url"
    assert api.put(f"{path}/webhook", {"url": "https://hook.example/", "address": "x@y.example"}).status_code == 422
    assert api.put(f"{path}/email", {"address": "no address"}).json["field"] == "address"
    assert api.put(f"{path}/fax", {"address": "x@y.example"}).status_code == 404
    assert api.post(f"{path}/email/test").status_code == 404


def test_the_pipeline_keeps_the_stages_where_leads_stand(api):
    """Stages can be renamed and added, not pulled from under a lead; points of rules go back when left out."""
    api.lead(stage="Qualified")
    stages = [{"name": "New"}, {"name": "Done", "kind": "won"}]

    assert api.put("/stages", {"items": stages}).json["field"] == "stages"
    kept = api.put("/stages", {"items": [stages[0], {"name": "Qualified"}, stages[1]]})
    assert [(s["name"], s["leads"]) for s in kept.json["items"]] == [("New", 0), ("Qualified", 1), ("Done", 0)]
    assert kept.json["items"][1]["usual_days"] == 14
    assert api.put("/rules", {"items": [{"name": "no_such", "points": 1}]}).status_code == 422
    points = {r["name"]: r["points"] for r in api.put("/rules", {"items": [{"name": "clicked", "points": 7}]}).json["items"]}
    assert points["clicked"] == 7
    assert {r["points"] == r["default"] for r in api.put("/rules", {"items": []}).json["items"]} == {True}


def test_values_that_fit_are_set_with_the_rules(api):
    """Of fit rules only; matched with the lists; they stay until the next are given."""
    items = [
        {"name": "fit_industry", "points": 10, "fits": ["logistics", "Beekeeping"]},
        {"name": "fit_location", "points": 6, "fits": ["PT"]},
    ]
    fits = {r["name"]: r["fits"] for r in api.put("/rules", {"items": items}).json["items"]}
    assert fits["fit_industry"] == ["Logistics", "Beekeeping"]
    assert (fits["fit_location"], fits["fit_size"], fits["clicked"]) == (["Portugal"], [], None)
    kept = {r["name"]: r["fits"] for r in api.put("/rules", {"items": []}).json["items"]}
    assert kept["fit_industry"] == ["Logistics", "Beekeeping"]
    assert api.put("/rules", {"items": [{"name": "clicked", "points": 4, "fits": ["x"]}]}).json["field"] == "items.fits"


def test_a_lead_is_not_rated_at_first(api):
    """Of a new lead nothing says whether it fits."""
    lead = api.lead(fields={"industry": "Logistics"})
    assert (lead["score"]["quadrant"], lead["score"]["fit"]) == ("unrated", 0)
    assert api.get(f"/leads/{lead['id']}/score").json["quadrant"] == "unrated"
    assert [one["id"] for one in api.get("/leads?quadrant=unrated").json["items"]] == [lead["id"]]
    assert api.get("/leads?industry=Retail").json["items"] == []
    assert api.get("/leads?quadrant=maybe").status_code == 422


def test_a_file_may_come_as_part_of_a_form(api):
    """What browsers and most programs send."""
    part = {"file": (io.BytesIO(b"email,name\nx@acme.example,X\n"), "leads.csv")}

    answer = api.client.post("/api/v1/leads/import", data=part, headers={"Authorization": f"Bearer {api.key}"})

    assert (answer.status_code, answer.json["added"]) == (200, 1)


def test_a_rep_who_sees_only_own_leads_imports_own_leads(api, deps, workspace, hire):
    """New leads become theirs; a colleague's lead is neither changed nor shown."""
    policy = msgspec.structs.replace(workspace.policy, reps_see="own")
    workspaces.change_workspace(deps, workspace.id, policy=policy)
    rosa, as_rosa = hire("Rosa")
    hire("Ivo")
    theirs = api.lead("theirs@acme.example", owner="ivo@us.example")

    report = as_rosa.post("/leads/import", b"email,phone,owner\ntheirs@acme.example,1,\nnew@acme.example,2,ivo@us.example\n").json

    assert (report["added"], report["updated"]) == (1, 0)
    assert api.get(f"/leads/{theirs['id']}").json["phone"] is None
    assert [lead["owner"] for lead in as_rosa.get("/leads").json["items"]] == [rosa.id]


def test_opting_out_by_hand(api):
    """No more mail, and the timeline says so; asked for again, mail may go."""
    lead = api.lead()

    assert api.patch(f"/leads/{lead['id']}", {"opted_out": True}).json["opted_out_at"]
    assert [e["kind"] for e in api.get(f"/leads/{lead['id']}/events").json["items"]] == ["unsubscribe"]
    assert api.patch(f"/leads/{lead['id']}", {"opted_out": False}).json["opted_out_at"] is None


def test_a_signed_in_browser_may_listen_and_nothing_else(app, deps, workspace):
    """The cookie opens the live stream alone: no foreign page can make a browser change anything by the API."""
    rep = reps.add_rep(deps, workspace.id, email="rosa@us.example", name="Rosa")
    client = app.test_client()
    client.set_cookie("ll_session", sessions.start(deps, rep))

    stream = client.get("/api/v1/live", buffered=False)
    assert (stream.status_code, stream.mimetype) == (200, "text/event-stream")
    stream.close()
    assert client.get("/api/v1/leads").status_code == 401
    assert client.post("/api/v1/leads", json={"email": "x@y.example", "name": "X"}).status_code == 401


def test_reports_add_up(api, deps):
    """Leads by source and stage, events by day; an unknown report is not found."""
    won = api.lead(source="LinkedIn", stage="Won")
    api.lead("b@acme.example", source="LinkedIn")
    api.post("/sales", {"lead": won["id"], "product": "x", "amount": 1999, "currency": "eur", "sold_on": "2026-01-01"})
    api.post("/notes", {"lead": won["id"], "kind": "call", "text": "x"})

    rows = {row["source"]: row for row in api.get("/reports/sources").json["items"]}
    stages = {row["stage"]: (row["leads"], row["moved_in"]) for row in api.get("/reports/stages").json["items"]}

    assert (rows["LinkedIn"]["leads"], rows["LinkedIn"]["won"], rows["LinkedIn"]["sales"]) == (2, 1, {"EUR": 1999})
    assert (stages["Won"], stages["New"]) == ((1, 1), (1, 0))
    count_events(deps, deps.now())
    assert [row["counts"] for row in api.get("/reports/activity").json["items"]] == [{"call": 1}]
    assert api.get("/reports/secrets").status_code == 404


def test_an_error_of_ours_shows_no_stack(api, app, monkeypatch):
    """500 as problem details with an id that stands in the log, and nothing else."""

    def broken(**_):
        raise RuntimeError("secret detail")

    monkeypatch.setitem(app.view_functions, "api.list_reps", broken)  # the app outlives the test

    answer = api.get("/reps")

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert answer.json["reference"]


def test_short_lists_are_paged_like_long_ones(api):
    """`limit` and `cursor` work on every list; all pages together are the list."""
    whole = api.get("/rules").json["items"]
    seen, cursor = [], None
    while True:
        page = api.get("/rules?limit=7" + (f"&cursor={cursor}" if cursor else "")).json
        seen += page["items"]
        assert len(page["items"]) <= 7
        if (cursor := page["next"]) is None:
            break
    assert seen == whole
    assert api.get("/rules?cursor=nonsense").status_code == 422


def test_a_webhook_names_the_key_with_which_it_ends(api, deps, workspace):
    """The key that made it; the key that chose another address; not one that only renames it."""
    first, other = deps.store.keys.of_workspace(workspace.id)[0], Program(api.client, api_keys.new_key(deps, workspace.id)[1])
    made = api.post("/hooks", {"target_url": "https://hooks.us.example/x", "event": "lead.created"}).json
    assert made["key"] == first.id
    assert other.patch(f"/hooks/{made['id']}", {"name": "CRM"}).json["key"] == first.id
    moved = other.patch(f"/hooks/{made['id']}", {"target_url": "https://hooks.us.example/y"}).json["key"]
    assert moved in {key.id for key in deps.store.keys.of_workspace(workspace.id)} - {first.id}


def test_a_secret_shown_once_is_not_stored_to_be_repeated(api, deps):
    """A repeated request makes no second webhook, and gets the one that there is, masked."""
    given = {"target_url": "https://hooks.us.example/private-part", "event": "lead.created"}
    made = api.call("POST", "/hooks", given, Idempotency_Key="k-1")
    again = api.call("POST", "/hooks", given, Idempotency_Key="k-1")
    assert (made.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert again.json == made.json | {"secret": again.json["secret"]}
    assert made.json["secret"] not in again.text
    kept = str(list(deps.store.database.answers.find({})))
    assert made.json["id"] in kept
    assert (made.json["secret"] in kept, "private-part" in kept) == (False, False)
    assert api.call("DELETE", f"/hooks/{made.json['id']}").status_code == 204
    assert api.call("POST", "/hooks", given, Idempotency_Key="k-1").status_code == 404
