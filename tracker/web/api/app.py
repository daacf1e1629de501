"""The REST API under /api/v1, as one Blueprint; the console's app registers it. Routes are made from the operations."""

import json
import re
from collections import defaultdict
from functools import cache
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import Rule

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid, Malformed, NotFound
from tracker.web.api import around, openapi, problems
from tracker.web.api.auth import identify
from tracker.web.api.idempotency import answered_once
from tracker.web.api.operations import Call, Operation
from tracker.web.api.resources.activity import live, visits
from tracker.web.api.resources.alerting import alerts
from tracker.web.api.resources.leads import lead_story, leads
from tracker.web.api.resources.mail import messages
from tracker.web.api.resources.ops import audit
from tracker.web.api.resources.reports import reports
from tracker.web.api.resources.team import reps
from tracker.web.api.resources.workspace import pipeline_settings, sites
from tracker.web.api.schemas.base import Paged, page_of

PREFIX = "/api/v1"
MODULES = (leads, lead_story, messages, alerts, reps, around, visits, pipeline_settings, sites, reports, audit, live)
"""Every module of views; each has `operations`."""

_ID = re.compile(r"[0-9a-f]{32}")
_WORDS = ("name", "site_key")
"""Parts of paths that are no ids."""


def operations() -> list[Operation]:
    """All operations of the API."""
    return [operation for module in MODULES for operation in module.operations.all]


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document, made when it is first asked for."""
    return openapi.describe(operations(), PREFIX)


def create_api(deps: Deps) -> Blueprint:
    """The API. Connects to nothing; answers 503 while MongoDB is away."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    problems.install(api)
    methods: dict[str, set[str]] = defaultdict(set)
    for operation in operations():
        rule = operation.path.replace("{", "<").replace("}", ">")
        methods[rule] |= {operation.method, "HEAD"} if operation.method == "GET" else {operation.method}
        view = _view(deps, operation)
        api.add_url_rule(rule, operation.name, view, methods=[operation.method], provide_automatic_options=False)
    api.add_url_rule("/openapi.json", "openapi", described, provide_automatic_options=False)
    for number, (rule, allowed) in enumerate({**methods, "/openapi.json": {"GET", "HEAD"}}.items()):
        _add_for_any_method(api, rule, f"not_this_way_{number}", _refusal(sorted(allowed)))
    _add_for_any_method(api, "/<path:rest>", "nothing_here", _nothing)
    api.after_request(_headers)
    return api


def _add_for_any_method(api: Blueprint, path: str, name: str, view: Any) -> None:
    """A rule for the methods that no operation takes, known ones or not. Flask's own way to add one needs them listed."""

    def add(state: BlueprintSetupState) -> None:
        endpoint = f"{api.name}.{name}"
        state.app.view_functions[endpoint] = view
        state.app.url_map.add(Rule(f"{PREFIX}{path}", endpoint=endpoint))

    api.record(add)


def _view(deps: Deps, operation: Operation) -> Any:
    def view(**parts: str) -> Response:
        call = identify(deps, request, operation)
        for name, value in parts.items():
            if name not in _WORDS and not _ID.fullmatch(value):
                raise NotFound(name)
        body = _read(operation)
        return answered_once(
            call,
            request,
            body,
            answer=lambda: _answer(call, operation, parts, body),
            check=lambda kept: _check(call, operation, parts, body, kept),
        )

    return view


def _given(call: Call, operation: Operation, parts: dict[str, str], body: bytes) -> tuple[BaseModel, dict[str, Any]]:
    """The query, and what the view takes, once the operation's guard has let it pass."""
    given: dict[str, Any] = dict(parts)
    query = (operation.asks or _Nothing).model_validate(_query())
    if operation.query is not None:
        given["query"] = query
    if operation.body is not None:
        given["body"] = operation.body.model_validate_json(_json(body))
    elif operation.file:
        given["body"] = body
    if operation.guard is not None:
        operation.guard(call, **given)
    return query, given


def _check(call: Call, operation: Operation, parts: dict[str, str], body: bytes, kept: str) -> None:
    """Raises where the caller could not get this kept answer afresh."""
    _given(call, operation, parts, body)
    if operation.may_repeat is not None:
        operation.may_repeat(call, json.loads(kept))


def _answer(call: Call, operation: Operation, parts: dict[str, str], body: bytes) -> Response:
    query, given = _given(call, operation, parts, body)
    made = operation.view(call, **given)
    if isinstance(query, Paged) and operation.is_short_list:
        made = page_of(made, query)
    if isinstance(made, Response):
        return made
    if made is None:
        return Response(status=204)
    text = made.model_dump_json(exclude_unset=False, by_alias=True)
    return Response(text, operation.status, content_type="application/json")


class _Nothing(BaseModel, extra="forbid"):
    """The query of a call that takes none."""


def _query() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        if name in found:
            raise Invalid(name[:60], "stands in the query more than once")
        found[name] = value
    return found


def _read(operation: Operation) -> bytes:
    """The body, if it is no larger than this call takes."""
    request.max_content_length = operation.largest
    if request.content_length is not None and request.content_length > operation.largest:
        raise RequestEntityTooLarge
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Malformed("content_encoding")
    if operation.file and request.mimetype == "multipart/form-data":
        part = request.files.get("file")
        if part is None:
            raise Invalid("file", "must be a part of the form")
        return part.stream.read()
    return request.get_data(cache=False)


def _json(body: bytes) -> bytes:
    return body if body.strip() else b"{}"


def _refusal(allowed: list[str]) -> Any:
    def refuse(**_: str) -> Response:
        headers = {"Allow": ", ".join([*allowed, "OPTIONS"])}
        if request.method == "OPTIONS":
            return Response(status=204, headers=headers)
        return problems.problem(405, f"This address takes {', '.join(allowed)}.", headers=headers)

    return refuse


def _nothing(rest: str) -> Response:
    del rest
    return problems.problem(404, "There is no such address in this API.")


def _headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
