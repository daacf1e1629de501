"""/live: server-sent events of what happens now, for programs by key and for signed-in browsers."""

from flask import Response, request

from tracker.base.errors import Invalid
from tracker.web.api import fanout
from tracker.web.api.fanout import Message
from tracker.web.api.operations import Call, Operations
from tracker.web.api.problems import problem
from tracker.web.api.schemas.base import Query
from tracker.web.api.sieve import is_heard

operations = Operations()

STREAMS = 100
"""Streams that one key or session may hold in one process."""
_BEAT = ": beat\n\n"


_KINDS = frozenset({"presence", "event", "alert", "withdrawn"})
"""The console's own stream also tells when news were lost and found again."""


class LiveQuery(Query):
    """Where to go on; the header Last-Event-ID says the same."""

    last_event_id: str | None = None


@operations.add("GET", "/live", query=LiveQuery, by_cookie=True)
def live(call: Call, query: LiveQuery) -> Response:
    """Server-sent events: `presence`, `event`, `alert`, `withdrawn`; a comment every 15 seconds."""
    last = request.headers.get("Last-Event-ID") or query.last_event_id
    if last and len(last) > 50:  # noqa: PLR2004 - an id of Redis
        raise Invalid("last_event_id", "this is no id of an event of this stream")
    try:
        events = fanout.of(call.deps).watch(
            call.workspace.id,
            call.credential,
            last,
            beat=lambda: _BEAT,
            sieve=lambda message: _heard(call, message),
            most=STREAMS,
        )
    except fanout.TooManyStreams:
        return problem(429, f"This key holds {STREAMS} streams already.", headers={"Retry-After": "15"})
    return Response(events, content_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})


def _heard(call: Call, message: Message) -> Message | None:
    """What belongs in this stream: the four kinds, and nothing of leads that are not this rep's to see."""
    return message if message[1] in _KINDS and is_heard(call.here, call.viewer, message[1], message[2]) else None
