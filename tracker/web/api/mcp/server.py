"""`POST /mcp`: the MCP server for assistants, as one Blueprint, registered by the console's app. Stateless: every request has its key.

HTTP is checked here, messages in protocol, calls in calls. Nothing is streamed, so each response is one JSON document.
"""

import json
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from pymongo.errors import PyMongoError
from redis import RedisError
from werkzeug.exceptions import NotAcceptable, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.routing import Rule

from tracker.actions.deps import Deps
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Forbidden, Malformed
from tracker.web.api import problems
from tracker.web.api.auth import identify_key
from tracker.web.api.mcp.calls import call_tool, listed_tools
from tracker.web.api.mcp.protocol import (
    INTERNAL,
    INVALID_PARAMS,
    LEGACY,
    MODERN,
    NO_METHOD,
    SERVER_KEY,
    RpcError,
    RpcMessage,
    agreed_version,
    batch_of,
    error_of,
    id_of,
    message_of,
    parsed,
    result_of,
)
from tracker.web.api.mcp.tool import UNTRUSTED
from tracker.web.api.operations import MAX_BODY, Call
from tracker.web.api.paths import MCP

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Leadlight knows the sales leads of one company: who is on its web site, what they did with its emails, their score and their tasks. "
    "Times are UTC. Name a lead by its id, or by email address or name. Nothing here sends email: `draft_reply` saves a draft that a person "
    f"reads and sends. {UNTRUSTED}"
)
_SERVER = {"name": "leadlight", "title": "Leadlight", "version": "1"}
_ANY_VERSION = (*MODERN, *LEGACY)
MOST_A_MINUTE = 120
"""Messages of one key."""
_MINUTE = timedelta(minutes=1)
_LIST_SECONDS = 300
"""For how long a client may keep the list of tools."""


def create_mcp() -> Blueprint:
    """The server, for an app with `Deps` as its extension `leadlight`."""
    mcp = Blueprint("mcp", __name__)
    problems.install(mcp)
    mcp.add_url_rule(MCP, "serve", serve, methods=["POST"], provide_automatic_options=False)

    def add_others(state: BlueprintSetupState) -> None:
        state.app.view_functions["mcp.other_method"] = _other_method
        state.app.url_map.add(Rule(MCP, endpoint="mcp.other_method"))

    mcp.record(add_others)
    mcp.after_request(_headers)
    return mcp


def serve() -> Response:
    """Answers one message, or a batch of an older version."""
    deps: Deps = current_app.extensions["leadlight"]
    _check_origin(deps)
    call = identify_key(deps, request)
    _check_media_types()
    try:
        value = parsed(_body())
        batch = batch_of(value, request.headers.get("MCP-Protocol-Version"))
    except RpcError as error:
        return _json(error_of(error, None), error.status)
    _check_rate(call, len(batch or [value]))
    if batch is None:
        return _single(call, value)
    answers = [answer for one in batch if (answer := _answer(call, one, in_batch=True)[0]) is not None]
    return _json(answers, 200) if answers else Response(status=202)


def _single(call: Call, value: Any) -> Response:
    answer, status = _answer(call, value)
    return Response(status=202) if answer is None else _json(answer, status)


def _answer(call: Call, value: Any, *, in_batch: bool = False) -> tuple[dict[str, Any] | None, int]:
    """The response to one message and its HTTP status; None for what needs no response."""
    message: RpcMessage | None = None
    try:
        message = message_of(value, _protocol_headers(), in_batch=in_batch)
        if message is None or message.id is None:
            return None, 202
        return result_of(message, _handled(call, message)), 200
    except RpcError as error:
        is_known = message is not None and not message.is_modern
        return error_of(error, id_of(value)), 200 if is_known else error.status
    except (PyMongoError, RedisError) as error:
        log.warning("server unavailable", extra={"error": type(error).__name__, "path": MCP})
        return error_of(RpcError(INTERNAL, "Part of Leadlight is temporarily unavailable. Try again shortly."), id_of(value)), 503


def _handled(call: Call, message: RpcMessage) -> dict[str, Any]:
    """The result of a request. Raises RpcError."""
    params = message.params
    if message.method == "tools/call":
        return call_tool(call, params)
    if message.method == "tools/list":
        if params.get("cursor") is not None:
            raise RpcError(INVALID_PARAMS, "The list of tools has one page.")
        kept = {"ttlMs": _LIST_SECONDS * 1000, "cacheScope": "private"} if message.is_modern else {}
        return {"tools": listed_tools(call), **kept}
    if message.method == "ping":
        return {}
    about = {"capabilities": {"tools": {}}, "instructions": INSTRUCTIONS}
    if message.method == "initialize" and not message.is_modern:
        if not isinstance(params.get("protocolVersion"), str):
            raise RpcError(INVALID_PARAMS, "`protocolVersion` is missing.")
        return {"protocolVersion": agreed_version(params["protocolVersion"]), "serverInfo": _SERVER, **about}
    if message.method == "server/discover" and message.is_modern:
        kept = {"ttlMs": _LIST_SECONDS * 1000, "cacheScope": "private"}
        return {"supportedVersions": list(MODERN), "_meta": {SERVER_KEY: _SERVER}, **about, **kept}
    raise RpcError(NO_METHOD, "This server has no such method.", status=404)


def _protocol_headers() -> dict[str, str]:
    """The headers of the protocol that the request has. Two of one name arrive as one with a comma, which matches no body."""
    names = ("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name")
    return {name: value for name in names if (value := request.headers.get(name)) is not None}


def _check_origin(deps: Deps) -> None:
    """Raises Forbidden for a page of another site: a browser there could have been led to this machine by a forged address (DNS rebinding)."""
    origin = request.headers.get("Origin")
    parts = urlsplit(deps.settings.public_url)
    if origin is not None and origin not in (f"{parts.scheme}://{parts.netloc}", f"{request.scheme}://{request.host}"):
        raise Forbidden("web pages of other sites may not use this address")


def _check_rate(call: Call, messages: int) -> None:
    """Raises TooManyTries where the key sends more in a minute than an assistant that a person uses. Each key has a limit of its own."""
    now = call.deps.now()
    if call.deps.store.rate_limits.count(f"mcp:{call.credential}", now, _MINUTE, by=messages) > MOST_A_MINUTE:
        seconds = _MINUTE.total_seconds() - now.timestamp() % _MINUTE.total_seconds()
        raise TooManyTries(f"this key sent more than {MOST_A_MINUTE} messages within a minute", seconds + 1)


def _check_media_types() -> None:
    """Raises UnsupportedMediaType unless the body is JSON, and NotAcceptable if the client does not take JSON."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    kinds = [kind.partition(";")[0].strip().lower() for kind in request.headers.get("Accept", "").split(",")]
    if not {"application/json", "application/*", "*/*"} & set(kinds):
        raise NotAcceptable


def _body() -> bytes:
    request.max_content_length = MAX_BODY
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise RequestEntityTooLarge
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Malformed("content_encoding")
    return request.get_data(cache=False)


def _other_method(**_: str) -> Response:
    """GET would open a stream, DELETE end a session; this server has neither."""
    headers = {"Allow": "POST, OPTIONS"}
    return (
        Response(status=204, headers=headers) if request.method == "OPTIONS" else problems.problem(405, "MCP uses POST.", headers=headers)
    )


def _json(value: Any, status: int) -> Response:
    # In ASCII: an id that is half of a surrogate pair can be returned then, too.
    return Response(json.dumps(value, separators=(",", ":")), status, content_type="application/json")


def _headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
