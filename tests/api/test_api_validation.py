"""Validation errors name the field and say in our own words what it must be; the validator's English is never passed on."""

import json
import re
import typing

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import core_schema

from tests.api.samples import BODIES
from tracker.web.api.app import operations
from tracker.web.api.validation import SENTENCES, UNKNOWN, errors_of, sentence

BODY_MODELS = sorted({o.body for o in operations() if o.body}, key=lambda model: model.__name__)
QUERY_MODELS = sorted({o.query_model for o in operations() if o.query_model}, key=lambda model: model.__name__)
THEIRS = re.compile(r"[Ii]nput|[Ss]hould|valid|unable|pars|permitted|timezone|pattern|Field required|\bitems?\b after")
"""Words of the validator that no sentence of ours has."""
ODD = (
    None,
    True,
    7,
    -(10**30),
    7.5,
    "",
    "x",
    "x" * 3_000_000,
    [],
    [None],
    ["x"] * 300,
    [7],
    {},
    {"a": 1},
    {"x" * 600: "x"},
    {"a": "x" * 30_000},
)
ODD_MOMENTS = ("2027-13-01", "2027-03-01T09:30:00", "2027-03-01T25:00:00Z", "2027-02-30", "9" * 30, "noon", "2027-03-01T00:00:00+99:99")
ODD_QUERIES = ("", "x", "-1", "0", "1.5", "9" * 5000, "maybe", "x" * 3000, *ODD_MOMENTS, "2027-03-01")


def errors(model, body):
    """What is wrong with the body: the validator's errors, and ours."""
    try:
        model.model_validate_json(json.dumps(body))
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False), errors_of(error)
    return [], []


def query_errors(model, query):
    """As `errors`, for a query."""
    try:
        model.model_validate(query)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False), errors_of(error)
    return [], []


def properties_of(model):
    """Every property of the model, with the path to it: nested objects and lists are gone into."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def walk(node, path):
        for name, prop in node.get("properties", {}).items():
            yield (*path, name)
            for one in [prop, *prop.get("anyOf", [])]:
                inner = one.get("items", one)
                if "$ref" in inner:
                    more = (0,) if "items" in one else ()
                    yield from walk(definitions[inner["$ref"].rpartition("/")[2]], (*path, name, *more))

    return list(walk(schema, ()))


def body_with(model, path, value):
    """A body that holds this value at that place, and next to nothing else."""
    body = value
    for part in reversed(path):
        body = [body] if part == 0 else {part: body}
    return body


@pytest.mark.parametrize("model", BODY_MODELS, ids=lambda model: model.__name__)
def test_every_constraint_of_every_body_is_told_in_our_words(model):
    """Each property with values that break its type, length, range, form or choice: the field is one of the body's, the words are ours."""
    names = {".".join(map(str, path)) for path in properties_of(model)}
    for path in properties_of(model):
        for value in (*ODD, *ODD_MOMENTS):
            theirs, ours = errors(model, body_with(model, path, value))
            assert bool(theirs) == bool(ours)
            assert all(one["type"] in SENTENCES for one in theirs), [one["type"] for one in theirs]
            for one in ours:
                assert not THEIRS.search(one.text), one
                assert one.text != UNKNOWN
                base = re.sub(r"\.\d+$", "", one.field)
                assert one.field in names or base in names or base.rpartition(".")[0] in names or one.field.startswith("fields."), one
            assert len({one.field for one in ours}) == len(ours), "a field is told once"


@pytest.mark.parametrize("model", QUERY_MODELS, ids=lambda model: model.__name__)
def test_every_constraint_of_every_query_is_told_in_our_words(model):
    """As with bodies; all that a query holds is text."""
    for name in [*model.model_fields, "unknown"]:
        for value in ODD_QUERIES:
            theirs, ours = query_errors(model, {name: value})
            assert all(one["type"] in SENTENCES for one in theirs)
            assert all(one.field in (*model.model_fields, "unknown") for one in ours)
            assert not any(THEIRS.search(one.text) or one.text == UNKNOWN for one in ours)


@pytest.mark.parametrize("kind", typing.get_args(core_schema.ErrorType))
def test_no_type_of_error_is_passed_on(kind):
    """Whatever the validator may find wrong, also what no schema of ours can meet today, is told in our words or not explained."""
    context = {
        "ge": 1,
        "gt": 1,
        "le": 1,
        "lt": 1,
        "multiple_of": 2,
        "min_length": 2,
        "max_length": 1,
        "expected": "'a' or 'b'",
        "pattern": "^x$",
    }
    assert not THEIRS.search(sentence(kind, context | {"error": "Input should be valid", "class_name": "LeadIn"}))


def test_an_unknown_type_of_error_is_told_without_words_of_the_validator():
    """A later version may bring new ones."""
    assert sentence("brand_new", {"error": "Input should be new"}) == UNKNOWN


def test_alternatives_are_told_as_one():
    """A field that takes a day or a moment says both; which of them was tried is no part of its name."""
    task = next(model for model in BODY_MODELS if model.__name__ == "TaskIn")
    _, (one,) = errors(task, {"lead": "a" * 32, "text": "x", "due": "noon"})
    assert (one.field, one.text) == (
        "due",
        "must be a time with an offset from UTC, such as 2027-03-01T09:30:00Z, or a day, such as 2027-03-01",
    )


def test_keys_that_repeat_our_words_are_cut():
    """The name of an own field is shown, but not at any length."""
    lead = next(model for model in BODY_MODELS if model.__name__ == "LeadIn")
    _, found = errors(lead, {"email": "x@y.example", "name": "x", "fields": {"k" * 600: "x"}})
    assert [one.field for one in found] == [f"fields.{'k' * 60}"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/leads?limit=x", "limit"),
        ("/leads?zzz=1", "zzz"),
        ("/leads?limit=1&limit=2", "limit"),
        ("/leads?cursor=x", "cursor"),
        ("/leads?seen_after=9999-12-31T23:59:59-23:59", "seen_after"),
        ("/leads?seen_before=0001-01-01T00:00:00%2B14:00", "seen_before"),
        ("/links", "lead"),
    ],
)
def test_queries_are_refused_by_name(api, path, field):
    """422 with the field, and one entry a field."""
    answer = api.get(path)
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert not THEIRS.search(answer.json["detail"])


def test_headers_and_bodies_are_refused_in_our_words(api):
    """What is wrong with a header, with JSON, with the kind of body: problem details with a sentence of ours."""
    wrong = [
        api.post("/leads", {"email": "x@y.example", "name": "x"}, Idempotency_Key="é"),
        api.post("/leads", {"email": "x@y.example", "name": "x"}, Content_Encoding="gzip"),
        api.post("/leads", b"{", Content_Type="application/json"),
        api.post("/leads", b"[]"),
        api.get("/live", Last_Event_ID="x" * 60),
        api.post("/leads/import", b'email\n"' + b"x" * 200_000),
        api.get("/nowhere"),
        api.get("/leads/x"),
    ]
    assert [answer.status_code for answer in wrong] == [422, 400, 400, 422, 422, 422, 404, 404]
    assert not any("field limit" in answer.text for answer in wrong)
    for answer in wrong:
        assert answer.content_type == "application/problem+json"
        assert not THEIRS.search(answer.json["detail"]), answer.json
        assert answer.json["detail"].endswith(".") or answer.json["field"]


def test_a_body_names_all_that_is_wrong_with_it(api):
    """Every field at once, each with its sentence."""
    answer = api.post("/sales", {"lead": "x", "amount": -1, "currency": "E", "sold_on": "x", "color": "red"})

    assert answer.status_code == 422
    assert {one["field"]: one["text"] for one in answer.json["errors"]} == {
        "lead": "must have at least 32 characters",
        "amount": "must be at least 0",
        "currency": "must have at least 3 characters",
        "sold_on": "must be a day, such as 2027-03-01",
        "color": "is not a known field",
    }
    assert (answer.json["field"], answer.json["detail"]) == ("lead", "lead: must have at least 32 characters")


def test_samples_are_valid():
    """The bodies that other tests send break nothing."""
    by_call = {f"{o.method} {o.path}": o.body for o in operations() if o.body}
    for call, body in BODIES.items():
        TypeAdapter(by_call[call]).validate_json(json.dumps(body).replace('"{lead}"', f'"{"a" * 32}"'))
