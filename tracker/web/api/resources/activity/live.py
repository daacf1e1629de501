"""/live: server-sent events of what happens now, for programs by key and for signed-in browsers."""

import socket
from dataclasses import replace

from flask import Response, request

from tracker.actions.deps import Deps
from tracker.base.errors import Invalid
from tracker.web.api.auth import client_address, key_text, session_token
from tracker.web.api.operations import Call, Operations
from tracker.web.api.problems import problem
from tracker.web.api.schemas.base import Query
from tracker.web.api.streams import fanout, hearing
from tracker.web.api.streams.places import TooManyStreams, bounds_of
from tracker.web.api.streams.stream import Wanted

operations = Operations()

RETRY_SECONDS = 15
_BEAT = ": beat\n\n"
_SEND_SECONDS = 10.0
_LONGEST_ID = 50


class LiveQuery(Query):
    """Where to go on; the header Last-Event-ID says the same."""

    last_event_id: str | None = None


@operations.add("GET", "/live", query=LiveQuery, by_cookie=True)
def live(call: Call, query: LiveQuery) -> Response:
    """Server-sent events: `presence`, `event`, `alert`, `withdrawn`; a comment every 15 seconds."""
    last = request.headers.get("Last-Event-ID") or query.last_event_id
    if last and len(last) > _LONGEST_ID:
        raise Invalid("last_event_id", "this is no id of an event of this stream")
    text = key_text(request)
    credential = hearing.of_key(call.deps, text) if text else hearing.of_session(call.deps, session_token(call.deps, request))
    address = client_address(call.deps, request)
    wanted = Wanted(
        workspace=call.workspace.id,
        check=hearing.check_of(call.deps, call.viewer, credential),
        bounds=bounds_of(call.workspace.id, call.credential, address, by_key=text is not None),
        after=last,
        beat=lambda: _BEAT,
        session=None if text else call.credential,
    )
    return answer(call.deps, wanted)


def answer(deps: Deps, wanted: Wanted) -> Response:
    """The open stream, or 429 where too many are open. A client that does not read it for ten seconds is cut off."""
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(_SEND_SECONDS)
        wanted = replace(wanted, is_gone=lambda: _is_gone(connection))
    try:
        stream = fanout.of(deps).watch(wanted)
    except TooManyStreams as full:
        return problem(429, str(full), headers={"Retry-After": str(RETRY_SECONDS)})
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    return Response(stream, content_type="text/event-stream; charset=utf-8", headers=headers)


def _is_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its connection. Nothing is read from it."""
    before = connection.gettimeout()
    connection.settimeout(0)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(before)
