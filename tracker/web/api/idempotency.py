"""Idempotency-Key: the same POST sent twice with the same credential is done once and answered alike, for 24 hours.

A kept answer belongs to the credential that got it, and is repeated only while the same request would still be allowed.
"""

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta

from flask import Request, Response

from tracker.base.errors import Conflict, Invalid
from tracker.base.ids import id_of
from tracker.store.team.idempotent_responses import IdempotentResponse
from tracker.web.api.operations import Call

_LIFE = timedelta(hours=24)
_STUCK = timedelta(seconds=60)
_LONGEST = 255
_FAILED = 400
_PATIENCE, _LOOK = 5.0, 0.05
"""Seconds that a doubled request waits for the first, and between looks."""


def answered_once(call: Call, request: Request, body: bytes, *, answer: Callable[[], Response], check: Callable[[str], None]) -> Response:
    """The answer, or the one that was given to the same credential and key before. `check` raises where it may not be repeated.

    Raises Invalid for a key that came with another body, Conflict while the first request is still being answered.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return answer()
    if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise Invalid("Idempotency-Key", f"must be 1 to {_LONGEST} printable ASCII characters")
    responses, now = call.deps.store.idempotent_responses, call.deps.now()
    name = id_of(call.workspace.id, "answer", f"{call.credential} {key}")
    request_hash = hashlib.sha256(f"{request.method} {request.full_path}\n".encode() + body).hexdigest()
    known = responses.begin(name, request_hash, now, now + _LIFE)
    if known is not None:
        if known.request_hash != request_hash:
            raise Invalid("Idempotency-Key", "was used for another request already; take a new one")
        if not responses.take_over(name, now - _STUCK, now):
            return _former(call, name, known, check)
    try:
        made = answer()
    except BaseException:
        responses.remove(name)
        raise
    if made.status_code < _FAILED:
        responses.finish(name, made.status_code, made.get_data(as_text=True))
    else:
        responses.remove(name)
    return made


def _former(call: Call, name: str, known: IdempotentResponse, check: Callable[[str], None]) -> Response:
    """What was answered before; waits a moment for a request that is still being answered."""
    until = time.monotonic() + _PATIENCE
    found: IdempotentResponse | None = known
    while found and found.status is None and time.monotonic() < until:
        time.sleep(_LOOK)
        found = call.deps.store.idempotent_responses.find(name)
    if found is None or found.status is None:
        raise Conflict("the first request with this Idempotency-Key was refused, or is still being answered; try again")
    check(found.text)
    return Response(found.text, found.status, {"Idempotent-Replayed": "true"}, content_type="application/json")
