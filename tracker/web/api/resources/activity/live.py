"""/live: server-sent events of current activity, for API keys and signed-in browsers."""

import socket
from dataclasses import replace

from flask import Response, request

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.web.api.auth import bearer_key, client_address, session_token
from tracker.web.api.operations import Call, Operations
from tracker.web.api.problems import problem
from tracker.web.api.schemas.base import Query
from tracker.web.api.streams import fanout, rights
from tracker.web.api.streams.limits import TooManyStreams, limits_of
from tracker.web.api.streams.stream import StreamRequest

operations = Operations()

RETRY_SECONDS = 15
_HEARTBEAT = ": beat\n\n"
_SEND_SECONDS = 10.0
_MAX_ID_LENGTH = 50


class LiveQuery(Query):
    """The last event received, like the header Last-Event-ID."""

    last_event_id: str | None = None


@operations.add("GET", "/live", query=LiveQuery, allows_session=True)
def live(call: Call, query: LiveQuery) -> Response:
    """Streams the server-sent events `presence`, `event`, `alert` and `withdrawn`, and a comment every 15 seconds."""
    last = request.headers.get("Last-Event-ID") or query.last_event_id
    if last and len(last) > _MAX_ID_LENGTH:
        raise Invalid("last_event_id", "is not an event id of this stream")
    key = bearer_key(request)
    credential = rights.key_credential(call.deps, key) if key else rights.session_credential(call.deps, session_token(call.deps, request))
    address = client_address(call.deps, request)
    stream_request = StreamRequest(
        workspace=call.workspace.id,
        check=rights.make_check(call.deps, call.viewer, credential),
        limits=limits_of(call.workspace.id, call.credential, address, by_key=key is not None),
        after=last,
        heartbeat=lambda: _HEARTBEAT,
        session=None if key else call.credential,
    )
    return open_stream(call.deps, stream_request)


def open_stream(deps: Deps, stream_request: StreamRequest) -> Response:
    """The stream, or 429 if too many are open. A client that stops reading for ten seconds is disconnected."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(_SEND_SECONDS)
        stream_request = replace(stream_request, is_gone=lambda: _is_gone(connection))
    try:
        stream = fanout.of(deps).watch(stream_request)
    except TooManyStreams as error:
        return problem(429, str(error), headers={"Retry-After": str(RETRY_SECONDS)})
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return Response(stream, content_type="text/event-stream; charset=utf-8", headers=headers)


def _is_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its connection. Peeks only and consumes no data."""
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(timeout)
