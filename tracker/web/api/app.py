"""The REST API under /api/v1 as one Blueprint, registered by the console's app. Routes are generated from the operations."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import Rule

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid, Malformed, NotFound
from tracker.web.api import openapi, problems
from tracker.web.api.access import of_kept
from tracker.web.api.auth import identify
from tracker.web.api.idempotency import StoredForm, run_once
from tracker.web.api.operations import Call, Operation
from tracker.web.api.paths import PREFIX
from tracker.web.api.resources.activity import automatic_traffic, events, live, replay, visits
from tracker.web.api.resources.alerting import alerts, channels, custom_rules, deliveries, preferences, watched_pages
from tracker.web.api.resources.hooks import hooks
from tracker.web.api.resources.leads import (
    briefs,
    bulk,
    companies,
    consents,
    csv_import,
    duplicates,
    imports,
    leads,
    lists,
    merges,
    score,
    source_changes,
)
from tracker.web.api.resources.mail import attachments, conversations, links, message_events, messages, snippets, templates
from tracker.web.api.resources.ops import audit
from tracker.web.api.resources.outreach import campaigns, sequences
from tracker.web.api.resources.pipeline import automations, costs, inquiries, moves, notes, rates, sales, tasks, touches
from tracker.web.api.resources.reports import reports, targets
from tracker.web.api.resources.reports import saved as saved_reports
from tracker.web.api.resources.reports import warnings as report_warnings
from tracker.web.api.resources.team import app_passwords, assignment_rules, reps, teams
from tracker.web.api.resources.workspace import (
    fields,
    forms,
    inquiry_mailbox,
    pipeline_lists,
    scoring_rules,
    sites,
    sources,
    stages,
    tracking_policy,
    workspace,
)
from tracker.web.api.schemas.base import Paged, page_of

MODULES = (
    *(leads, duplicates, merges, lists, bulk, csv_import, imports, consents, source_changes, events, visits, replay, score, briefs, moves),
    *(messages, message_events, conversations, attachments, templates, snippets, sequences, campaigns, links, alerts, deliveries),
    *(app_passwords, reps, teams, assignment_rules, channels, watched_pages, hooks, custom_rules, preferences),
    *(tasks, notes, sales, rates, costs, companies, touches, inquiries, automations),
    *(workspace, sources, stages, fields, pipeline_lists, scoring_rules, sites, forms, inquiry_mailbox, tracking_policy),
    *(reports, saved_reports, report_warnings, targets, automatic_traffic, audit, live),
)
"""All resource modules in the order of docs/api.md; each defines `operations`."""

_MAYBE_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
"""An escape in JSON: a surrogate pair, half of one, or any other."""
_ID = re.compile(r"[0-9a-f]{32}")
_NOT_IDS = ("name", "site_key", "lead_list", "automation")
"""Path parameters that are not record ids."""


def operations() -> list[Operation]:
    """All operations of the API."""
    return [operation for module in MODULES for operation in module.operations.all]


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, generated at the first request."""
    return openapi.describe(operations(), PREFIX)


def create_api() -> Blueprint:
    """The API, for an app with `Deps` as its extension `leadlight`. Opens no connection itself; responds 503 while MongoDB is unavailable."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    problems.install(api)
    methods: dict[str, set[str]] = defaultdict(set)
    for operation in operations():
        rule = operation.path.replace("{", "<").replace("}", ">")
        methods[rule] |= {operation.method, "HEAD"} if operation.method == "GET" else {operation.method}
        view = _view(operation)
        api.add_url_rule(rule, operation.name, view, methods=[operation.method], provide_automatic_options=False)
    api.add_url_rule("/openapi.json", "openapi", openapi_document, provide_automatic_options=False)
    for number, (rule, allowed) in enumerate({**methods, "/openapi.json": {"GET", "HEAD"}}.items()):
        _add_for_any_method(api, rule, f"method_not_allowed_{number}", _method_not_allowed(sorted(allowed)))
    _add_for_any_method(api, "/<path:rest>", "not_found", _not_found)
    api.after_request(_headers)
    return api


def _add_for_any_method(api: Blueprint, path: str, name: str, view: Any) -> None:
    """Adds a rule for all methods, including unknown ones; Flask's `add_url_rule` needs a list of methods."""

    def add(state: BlueprintSetupState) -> None:
        endpoint = f"{api.name}.{name}"
        state.app.view_functions[endpoint] = view
        state.app.url_map.add(Rule(f"{PREFIX}{path}", endpoint=endpoint))

    api.record(add)


def _view(operation: Operation) -> Any:
    def view(**parts: str) -> Response:
        deps: Deps = current_app.extensions["leadlight"]
        call = identify(deps, request, operation)
        for name, value in parts.items():
            if name not in _NOT_IDS and not _ID.fullmatch(value):
                raise NotFound(name)
        parts |= of_kept(call, parts)
        body = _read(operation)
        return run_once(
            call,
            request,
            body,
            run=lambda: _respond(call, operation, parts, body),
            authorize=lambda stored: _authorize_replay(call, operation, parts, body, stored),
            form=StoredForm() if operation.again is None else _form_without_secrets(call, operation.again),
        )

    return view


def _form_without_secrets(call: Call, again: Callable[[Call, str], BaseModel]) -> StoredForm:
    """Stores the record's id alone; a repeated request gets the record as it is now."""
    return StoredForm(
        stored=lambda text: json.dumps({"id": json.loads(text)["id"]}),
        repeated=lambda text: again(call, json.loads(text)["id"]).model_dump_json(exclude_unset=False, by_alias=True),
    )


def _authorized_arguments(call: Call, operation: Operation, parts: dict[str, str], body: bytes) -> tuple[BaseModel, dict[str, Any]]:
    """The query and the view's arguments, after the operation's `authorize`."""
    given: dict[str, Any] = dict(parts)
    query = (operation.query_model or _EmptyQuery).model_validate(_query())
    if operation.query is not None:
        given["query"] = query
    if operation.body is not None:
        asked = operation.body.model_validate_json(_json(body))
        given["body"] = asked.model_copy(update=of_kept(call, {"lead": getattr(asked, "lead", None)}))
    elif operation.file:
        given["body"] = body
    if operation.authorize is not None:
        operation.authorize(call, **given)
    return query, given


def _authorize_replay(call: Call, operation: Operation, parts: dict[str, str], body: bytes, stored: str) -> None:
    """Raises if a new request of the caller would not get this stored response."""
    _authorized_arguments(call, operation, parts, body)
    if operation.authorize_replay is not None:
        operation.authorize_replay(call, json.loads(stored))


def _respond(call: Call, operation: Operation, parts: dict[str, str], body: bytes) -> Response:
    query, given = _authorized_arguments(call, operation, parts, body)
    made = operation.view(call, **given)
    if isinstance(query, Paged) and operation.is_short_list:
        made = page_of(made, query)
    if isinstance(made, Response):
        return made
    if made is None:
        return Response(status=204)
    text = made.model_dump_json(exclude_unset=False, by_alias=True)
    return Response(text, operation.status, content_type="application/json")


class _EmptyQuery(BaseModel, extra="forbid"):
    """The query of an operation without one."""


def _query() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.args.items(multi=True):
        if name in found:
            raise Invalid(name[:60], "appears in the query more than once")
        found[name] = value
    return found


def _read(operation: Operation) -> bytes:
    """The request body. Raises RequestEntityTooLarge above the operation's limit."""
    request.max_content_length = operation.max_body
    if request.content_length is not None and request.content_length > operation.max_body:
        raise RequestEntityTooLarge
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Malformed("content_encoding")
    if operation.file and request.mimetype == "multipart/form-data":
        part = request.files.get("file")
        if part is None:
            raise Invalid("file", "must be a field of the form")
        return part.stream.read()
    return request.get_data(cache=False)


def _json(body: bytes) -> bytes:
    """The body with U+FFFD for each half of a surrogate pair, which no mail, page or database can carry. An empty body is `{}`."""
    if _MAYBE_HALF.search(body):
        body = _ESCAPE.sub(_whole, body)
    return body if body.strip() else b"{}"


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["half"] else escape[0]


def _method_not_allowed(allowed: list[str]) -> Any:
    def refuse(**_: str) -> Response:
        headers = {"Allow": ", ".join([*allowed, "OPTIONS"])}
        if request.method == "OPTIONS":
            return Response(status=204, headers=headers)
        return problems.problem(405, f"This URL accepts {', '.join(allowed)}.", headers=headers)

    return refuse


def _not_found(rest: str) -> Response:
    del rest
    return problems.problem(404, "This API has no such URL.")


def _headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
