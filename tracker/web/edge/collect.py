"""Collecting, `POST /e`: what the snippet saw on a page. 204, or 400 with a short code; CORS for the workspace's sites only."""

from collections.abc import Awaitable, Callable
from typing import Any

from tracker.base.errors import Malformed
from tracker.ingest.capture import facts_of
from tracker.ingest.collect import BODY_LONGEST, Batch
from tracker.ingest.policy import SitePolicy
from tracker.web.edge.answers import ENCODED, TOO_BIG, Answer, Header, answer, not_allowed, text
from tracker.web.edge.context import Context

Receive = Callable[[], Awaitable[dict[str, Any]]]
_VARY: Header = (b"vary", b"origin")
_DONE = answer(204, (_VARY,))
_REFUSALS = {"too_big": TOO_BIG, "content_encoding": ENCODED}
_NOT_ALLOWED = not_allowed("POST, OPTIONS")


class Gone(Exception):
    """The client left, or was made to leave (see `worker`), before the body was whole."""


async def collect(context: Context, scope: dict[str, Any], receive: Receive) -> Answer:
    """Take a batch of page events. What cannot be kept is counted; a well-formed batch is always answered with 204."""
    origin = _header(scope, b"origin")
    if scope["method"] == "OPTIONS":
        return _preflight(context, origin)
    if scope["method"] != "POST":
        return _NOT_ALLOWED
    try:
        _check_header(scope)
        body = await read_body(receive, BODY_LONGEST)
        return await _taken(context, scope, Batch(body), origin)
    except Malformed as error:
        context.refuse(error.code)
        return _REFUSALS.get(error.code) or text(400, error.code, *_cors(context, origin))
    except Gone:
        context.refuse("gone")
        return _DONE


async def read_body(receive: Receive, longest: int) -> bytes:
    """The whole body. Raises Malformed(too_big) as soon as it is longer, Gone if it never ends; the worker sees to the time."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        part: bytes = message["body"]
        size += len(part)
        if size > longest:
            raise Malformed("too_big")
        if not message.get("more_body"):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


async def _taken(context: Context, scope: dict[str, Any], batch: Batch, origin: str | None) -> Answer:
    site = context.policy.current().sites.get(batch.site)
    if site is None:
        if context.policy.is_known:
            raise Malformed("unknown_site")
        site = SitePolicy(workspace="")
    elif origin is not None and origin not in site.origins:
        raise Malformed("wrong_origin")
    facts = facts_of(scope, context.trusted)
    if facts.refuses_tracking and not batch.has_consent:
        context.drop("privacy_signal")
    elif not context.limits.collected.allow(facts.address):
        context.drop("address_limit")
    else:
        await context.keep(batch.captures(facts, site, context.keys))
    return answer(204, _cors(context, origin))


def _check_header(scope: dict[str, Any]) -> None:
    """Refuses what the header alone tells is too much, before a byte of the body is read."""
    length, encoding = _header(scope, b"content-length"), _header(scope, b"content-encoding")
    if length is not None and (not length.isdigit() or int(length[:12]) > BODY_LONGEST):
        raise Malformed("too_big")
    if encoding not in (None, "", "identity"):
        raise Malformed("content_encoding")


def _preflight(context: Context, origin: str | None) -> Answer:
    if origin is None or not context.policy.is_site_origin(origin):
        return _DONE
    allowed = (
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"content-type"),
        (b"access-control-max-age", b"600"),
    )
    return answer(204, (*_cors(context, origin), *allowed))


def _cors(context: Context, origin: str | None) -> tuple[Header, ...]:
    if origin is None or not context.policy.is_site_origin(origin):
        return (_VARY,)
    return (_VARY, (b"access-control-allow-origin", origin.encode("latin-1")))


def _header(scope: dict[str, Any], name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
