"""The description is true: every call stands in OpenAPI and in docs/api.md, and answers look as described."""

import json

from tests.api.samples import body_of
from tests.project import ROOT
from tracker.web.api.__main__ import updated
from tracker.web.api.app import operations

PAGE = ROOT / "docs" / "api.md"
LISTS = ("items", "next")


def test_the_table_of_calls_is_fresh():
    """docs/api.md lists the calls as they are; `python -m tracker.web.api` writes them anew."""
    page = PAGE.read_text("utf-8")

    assert updated(page) == page


def test_every_call_is_described(app):
    """OpenAPI 3.1 with every call, each reference leading somewhere."""
    described = app.test_client().get("/api/v1/openapi.json").json

    assert described["openapi"].startswith("3.1")
    assert {(path, method.upper()) for path, methods in described["paths"].items() for method in methods} == {
        (o.path, o.method) for o in operations()
    }
    names = set(described["components"]["schemas"])
    assert {ref.rpartition("/")[2] for ref in _references(described)} <= names


def test_answers_hold_what_is_described(api, hire):
    """The members of each answer are those of its schema."""
    rep, _ = hire("Rosa")
    ids = {"rep": rep.id, "name": "email"}
    ids["lead"] = api.lead(company="Acme")["id"]
    described = api.get("/openapi.json").json
    for call in (
        "POST /companies",
        "POST /messages",
        "POST /tasks",
        "POST /notes",
        "POST /sales",
        "POST /links",
        "PUT /stages",
        "PUT /rules",
    ):
        method, path = call.split()
        answer = api.call(method, path, body_of(call, ids))
        operation = described["paths"][path][method.lower()]
        content = operation["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
        schema = described["components"]["schemas"][content["$ref"].rpartition("/")[2]]
        assert set(answer.json) == set(schema["properties"]), call


def test_lists_are_items_and_next(api, hire):
    """Every list has the same shape."""
    hire("Rosa")
    lead = api.lead()["id"]
    for path in (
        "leads",
        f"leads/{lead}/events",
        f"leads/{lead}/visits",
        f"leads/{lead}/moves",
        "messages",
        "alerts",
        "reps",
        "tasks",
        "notes",
    ):
        assert tuple(api.get(f"/{path}").json) == LISTS, path
    for path in ("companies", "sales", "sources", "stages", "rules", f"links?lead={lead}", "team/channels"):
        assert tuple(api.get(f"/{path}").json) == LISTS, path


def _references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


_WORKPLACE = ("/companies", "/links", "/leads/bulk", "/tasks", "/notes", "/sales", "/categories", "/products", "/reasons", "/touch-types")
_TELLING = ('"description"', '"example', '"enum"', '"const"', '"format"', '"pattern"', '"$ref"', '"boolean"', '"integer"')


def test_fields_of_the_workplace_show_what_they_hold():
    """By an example, a list of values, a format, a pattern or a description; those of bodies."""
    silent = []
    for operation in (one for one in operations() if one.path.startswith(_WORKPLACE)):
        fields = operation.body.model_json_schema().get("properties", {}) if operation.body else {}
        silent += [(operation.path, name) for name, field in fields.items() if not any(one in json.dumps(field) for one in _TELLING)]
    assert silent == []
