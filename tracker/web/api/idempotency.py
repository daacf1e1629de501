"""Idempotency-Key: a POST repeated with the same credential within 24 hours runs once and gets the same response.

A stored response belongs to its credential and is repeated only while the same request is still allowed.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Request, Response

from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import id_of
from tracker.store.team.idempotent_responses import IdempotentResponse
from tracker.web.api.operations import Call

_LIFETIME = timedelta(hours=24)
_ABANDONED_AFTER = timedelta(seconds=60)
_MAX_LENGTH = 255
_FIRST_ERROR_STATUS = 400
_MAX_WAIT_SECONDS, _POLL_SECONDS = 5.0, 0.05
"""How long a repeated request waits for the first, and the interval between checks."""


@dataclass(frozen=True, slots=True)
class StoredForm:
    """What is stored of a response, and the response made from that for a repeated request; by default its text as it is."""

    stored: Callable[[str], str] = str
    repeated: Callable[[str], str] = str


def run_once(
    call: Call, request: Request, body: bytes, *, run: Callable[[], Response], authorize: Callable[[str], None], form: StoredForm
) -> Response:
    """The response of `run`, or the stored one for the same credential and key. `authorize` raises if it may not be repeated.

    Raises Invalid for a key used with another request, Conflict while the first request is still running.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return run()
    if not key or len(key) > _MAX_LENGTH or not key.isascii() or not key.isprintable():
        raise Invalid("Idempotency-Key", f"must be 1 to {_MAX_LENGTH} printable ASCII characters")
    responses, now = call.deps.store.idempotent_responses, call.deps.now()
    name = id_of(call.workspace.id, "answer", f"{call.credential} {key}")
    request_hash = hashlib.sha256(f"{request.method} {request.full_path}\n".encode() + body).hexdigest()
    stored = responses.begin(name, request_hash, now, now + _LIFETIME)
    if stored is not None:
        if stored.request_hash != request_hash:
            raise Invalid("Idempotency-Key", "was used for another request; use a new key")
        if not responses.take_over(name, now - _ABANDONED_AFTER, now):
            return _stored_response(call, name, stored, authorize, form)
    try:
        response = run()
    except BaseException:
        responses.remove(name)
        raise
    if response.status_code < _FIRST_ERROR_STATUS:
        responses.finish(name, response.status_code, form.stored(response.get_data(as_text=True)))
    else:
        responses.remove(name)
    return response


def _stored_response(call: Call, name: str, stored: IdempotentResponse, authorize: Callable[[str], None], form: StoredForm) -> Response:
    """The stored response; waits a few seconds for a request that is still running."""
    until = time.monotonic() + _MAX_WAIT_SECONDS
    found: IdempotentResponse | None = stored
    while found and found.status is None and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        found = call.deps.store.idempotent_responses.find(name)
    if found is None or found.status is None:
        raise Conflict("the first request with this Idempotency-Key failed or is still running; try again")
    authorize(found.text)
    return Response(form.repeated(found.text), found.status, {"Idempotent-Replayed": "true"}, content_type="application/json")
