"""Schemas hold: wrong types, unknown keys and odd JSON are refused, for every call; nothing makes an error of ours."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.samples import add_alert, add_conversation, add_form, add_merged, add_outreach, add_view, body_of
from tracker.actions.workspace import workspaces
from tracker.web.api.app import operations

WITH_BODY = [operation for operation in operations() if operation.body]
WRONG = ({"$ne": None}, [], ["x"], {}, 7, 7.5, True, "x", None, [[{"a": 1}]], {"$where": "sleep(1)"}, 10**30)
TYPES = {dict: "object", list: "array", int: "integer", float: "number", bool: "boolean", str: "string", type(None): "null"}


def name_of(operation):
    return f"{operation.method} {operation.path}"


def allowed(schema, definitions):
    """The JSON types that a property's schema allows."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return set().union(*(allowed(one, definitions) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return {"string"}
    return {schema["type"]}


@pytest.fixture
def ids(api, hire, deps, workspace):
    """Records that bodies and paths may name."""
    rep, _ = hire("Rosa")
    lead = api.lead(company="Acme")
    found = {"lead": lead["id"], "company": lead["company_id"], "rep": rep.id, "name": "email"}
    found["site_key"] = workspaces.add_site(deps, workspace.id, name="Site", origins=["https://www.us.example"]).key
    found["event"] = add_view(deps, workspace.id, lead["id"])
    found["alert_rule"] = api.post("/alert-rules", body_of("POST /alert-rules", found)).json["id"]
    found["form"] = add_form(deps, workspace.id, found["site_key"])
    found["lead_list"] = api.post("/lists", body_of("POST /lists", found)).json["id"]
    found["saved_report"] = api.post("/saved-reports", body_of("POST /saved-reports", found)).json["id"]
    for name in ("message", "task", "note", "sale", "template", "snippet", "team", "link", "rate", "cost", "target", "hook", "automation"):
        found[name] = api.post(f"/{name}s", body_of(f"POST /{name}s", found)).json["id"]
    found["conversation"] = add_conversation(deps, deps.store.of(workspace.id).messages.get(found["message"]))
    found["touch"] = api.post("/leads/{lead}/touches".format(**found), {"type": "Webinar"}).json["id"]
    found |= add_merged(deps, workspace.id, lead["id"]) | add_outreach(deps, workspace.id, lead["id"], None)
    found["change"] = api.patch(f"/leads/{lead['id']}", {"phone": "+351 21"}).json["change"]
    return found | add_alert(deps, workspace.id, lead["id"], rep.id)


def test_wrong_types_and_unknown_keys_are_refused(api, ids):
    """Every property of every body, with every JSON type that it does not take: 422 naming it."""
    found = []
    for operation in WITH_BODY:
        path, good = operation.path.format(**ids), body_of(name_of(operation), ids)
        for name, value in wrong_values(operation.body.model_json_schema()):
            answer = api.call(operation.method, path, good | {name: value})
            if answer.status_code != 422 or answer.json["field"].partition(".")[0] != name:
                found.append((name_of(operation), name, value, answer.text))
        for key in {"$where", "zzz", "__proto__", "a.b", "id", "workspace", ""} - operation.body.model_fields.keys():
            answer = api.call(operation.method, path, good | {key: "x"})
            if answer.status_code != 422:
                found.append((name_of(operation), key, "x", answer.text))
    assert found == []


def wrong_values(schema):
    """Each property with each value of a type that it does not take."""
    for name, prop in schema["properties"].items():
        types = allowed(prop, schema.get("$defs", {}))
        for value in WRONG:
            if TYPES[type(value)] not in types and not ("number" in types and isinstance(value, int)):
                yield name, value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"7",
        b"[" * 30_000,
        b'{"a":' * 9_000,
        b"\xff\xfe",
        b'{"email": "\\ud800", "name": "x"}',
        b"NaN",
        b"{}{}",
    ],
    ids=repr,
)
def test_odd_json_is_refused(api, body):
    """Broken, deep or foreign: 400 or 422, as problem details."""
    answer = api.post("/leads", body)

    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"
    assert "Traceback" not in answer.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.dictionaries(
        st.sampled_from(["name", "company", "phone", "timezone", "source", "owner", "stage", "external_url", "country"]),
        st.text(max_size=60),
    )
)
def test_any_text_is_kept_or_refused(api, data):
    """Whatever stands in a field, the answer is a lead or a problem, never an error of ours."""
    answer = api.post("/leads", json.dumps({"email": "x@acme.example", "name": "x"} | data).encode())

    assert answer.status_code in (201, 400, 409, 422), answer.text
    if answer.status_code == 201:
        assert api.get(f"/leads?search={answer.json['id'][:3]}").status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["search", "stage", "source", "owner", "tag", "company", "seen_after", "cursor", "sort", "limit", "score_min"]),
    text=st.text(max_size=40),
)
def test_any_query_is_answered(api, name, text):
    """Lists answer with a page or say what is wrong with the query."""
    answer = api.client.get("/api/v1/leads", query_string={name: text}, headers={"Authorization": f"Bearer {api.key}"})

    assert answer.status_code in (200, 422), answer.text
