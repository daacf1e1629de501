"""Collecting, `POST /e`: what the snippet saw on a page. 204, or 400 with a short code; CORS for the workspace's sites only."""

from functools import lru_cache
from typing import Any

from tracker.base.errors import Malformed
from tracker.spool.policy import SitePolicy
from tracker.web.edge.capture import facts_of
from tracker.web.edge.context import Context
from tracker.web.edge.page_events import BODY_LONGEST, Batch
from tracker.web.edge.responses import Answer, Header, Reply, answer, not_allowed, text

_VARY: Header = (b"vary", b"origin")
_STATUS = {"too_big": 413, "content_encoding": 415}
"""Of refusals that are no 400."""
_ALLOWED = "POST, OPTIONS"
_ALLOW: Header = (b"allow", _ALLOWED.encode())
_NOT_ALLOWED = Reply(not_allowed(_ALLOWED))


def collect(context: Context, scope: dict[str, Any], body: bytes) -> Reply:
    """Take a batch of page events. What cannot be kept is counted; a well-formed batch is always answered with 204.

    Of a body that is too long only so much needs to be there that this can be seen.
    """
    headers = dict(reversed(scope["headers"]))  # of what comes twice the first counts
    found = headers.get(b"origin")
    origin = None if found is None else found.decode("latin-1")
    if scope["method"] == "OPTIONS":
        return Reply(_preflight(context, origin))
    if scope["method"] != "POST":
        return _NOT_ALLOWED
    try:
        _check_headers(headers)
        return _taken(context, scope, Batch(body), origin)
    except Malformed as error:
        context.refuse(error.code)
        return Reply(text(_STATUS.get(error.code, 400), error.code, *_cors(context, origin)))


def _taken(context: Context, scope: dict[str, Any], batch: Batch, origin: str | None) -> Reply:
    site = context.policy.site(batch.site)
    if site is None:
        if context.policy.is_known:
            raise Malformed("unknown_site")
        site = SitePolicy(workspace="")
    elif origin is not None and origin not in site.origins:
        raise Malformed("wrong_origin")
    facts = facts_of(scope, context.trusted)
    done = _done(origin if origin and context.policy.is_site_origin(origin) else None)
    if facts.refuses_tracking and not batch.has_consent:
        context.drop("privacy_signal")
    elif not context.limits.collected.allow(facts.address):
        context.drop("address_limit")
    else:
        return Reply(done, tuple(batch.captures(facts, site, context.keys)))
    return Reply(done)


@lru_cache(maxsize=1024)
def _done(origin: str | None) -> Answer:
    return answer(204, (_VARY,) if origin is None else (_VARY, (b"access-control-allow-origin", origin.encode("latin-1"))))


def _check_headers(headers: dict[bytes, bytes]) -> None:
    """Refuses what the headers alone tell is too much, before a byte of the body is read."""
    length, encoding = headers.get(b"content-length"), headers.get(b"content-encoding")
    if length is not None and (not length.isdigit() or int(length[:12]) > BODY_LONGEST):
        raise Malformed("too_big")
    if encoding not in (None, b"", b"identity"):
        raise Malformed("content_encoding")


def _preflight(context: Context, origin: str | None) -> Answer:
    if origin is None or not context.policy.is_site_origin(origin):
        return answer(204, (_VARY, _ALLOW))
    allowed = (
        _ALLOW,
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"content-type"),
        (b"access-control-max-age", b"600"),
    )
    return answer(204, (*_cors(context, origin), *allowed))


def _cors(context: Context, origin: str | None) -> tuple[Header, ...]:
    if origin is None or not context.policy.is_site_origin(origin):
        return (_VARY,)
    return (_VARY, (b"access-control-allow-origin", origin.encode("latin-1")))
