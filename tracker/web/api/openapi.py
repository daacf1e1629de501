"""OpenAPI 3.1 document and the table in docs/api.md, generated from the operations and their schemas."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tracker.web.api.operations import Operation

Json = dict[str, Any]

_PART = re.compile(r"\{([a-z_]+)\}")
_REF = "#/components/schemas/{model}"
_PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "The invalid field"},
        "errors": {"type": "array", "items": {"type": "object", "properties": {"field": {"type": "string"}, "text": {"type": "string"}}}},
        "lead": {"type": "string", "description": "Id of the lead that already has this email address, if the caller may see it"},
        "company": {"type": "string", "description": "Id of the company that already has this name, if the caller may see it"},
        "reference": {"type": "string", "description": "Reference of the error in the server log"},
    },
    "required": ["title", "status", "detail"],
}


def describe(operations: Iterable[Operation], prefix: str) -> Json:
    """The OpenAPI document."""
    known = list(operations)
    bodies: set[type[BaseModel]] = {o.body for o in known if o.body}
    responses: set[type[BaseModel]] = {o.response for o in known if o.response}
    inputs = [(model, "validation") for model in sorted(bodies, key=lambda m: m.__name__)]
    outputs = [(model, "serialization") for model in sorted(responses, key=lambda m: m.__name__)]
    names, schemas = models_json_schema([*inputs, *outputs], ref_template=_REF)  # type: ignore[list-item]
    refs: dict[Any, Json] = {key[0]: value for key, value in names.items()}
    components = {name: _titled(name, schema) for name, schema in schemas.get("$defs", {}).items()}
    paths: Json = {}
    for operation in known:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Leadlight",
            "version": "1",
            "description": "Leads, messages, engagement, scores and alerts. Lists are paged by `cursor`; POST accepts Idempotency-Key.",
        },
        "servers": [{"url": prefix}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": components | {"Problem": _PROBLEM},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "ll_session"},
            },
        },
    }


def _operation(operation: Operation, refs: dict[Any, Json]) -> Json:
    found: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.group],
        "parameters": _parameters(operation),
        "responses": {str(operation.status): _response(operation, refs), "default": _problem()},
    }
    notes = ["Requires the key of an admin."] if operation.admin else []
    if operation.audit:
        notes.append(f"Audit log: {', '.join(f'`{action.value}`' for action in operation.audit)}.")
    if notes:
        found["description"] = " ".join(notes)
    if operation.allows_session:
        found["security"] = [{"key": []}, {"session": []}]
    if operation.body:
        needed = any(field.is_required() for field in operation.body.model_fields.values())
        found["requestBody"] = {"required": needed, "content": {"application/json": {"schema": refs[operation.body]}}}
    elif operation.file:
        found["requestBody"] = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    return found


def _parameters(operation: Operation) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PART.findall(operation.path)
    ]
    if operation.query_model:
        schema = operation.query_model.model_json_schema(ref_template=_REF)
        required = schema.get("required", [])
        for name, value in schema.get("properties", {}).items():
            plain = {key: part for key, part in value.items() if key not in ("title", "description")}
            one: Json = {"name": name, "in": "query", "required": name in required, "schema": plain}
            found.append(one | ({"description": value["description"]} if "description" in value else {}))
    if operation.method == "POST":
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 255}})
    return found


def _response(operation: Operation, refs: dict[Any, Json]) -> Json:
    if operation.response:
        return {"description": "Done", "content": {"application/json": {"schema": refs[operation.response]}}}
    if operation.status == 204:  # noqa: PLR2004 - HTTP: no content
        return {"description": "Done; no body"}
    return {"description": operation.returns, "content": {operation.media_type: {"schema": {"type": "string"}}}}


def _problem() -> Json:
    return {"description": "Error", "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}}


def _titled(name: str, schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "title"} | {"title": name}


def table(operations: Iterable[Operation]) -> str:
    """The table of docs/api.md: method, path, summary, parameters and status of each operation."""
    lines = ["| operation | description | parameters | status |", "|---|---|---|---|"]
    for operation in operations:
        takes = [
            *(operation.query_model.model_fields if operation.query_model else ()),
            *(operation.body.model_fields if operation.body else ()),
        ]
        listed = ", ".join(f"`{name}`" for name in takes) or ("CSV" if operation.file else "")
        rights = " (admins)" if operation.admin else ""
        lines.append(f"| `{operation.method} {operation.path}` | {operation.summary}{rights} | {listed} | {operation.status} |")
    return "\n".join(lines) + "\n"
