"""Collect, `POST /e`: page events from the snippet. 204, or 400 with a short code; CORS for the workspace's sites only."""

from functools import lru_cache, partial
from typing import Any

from tracker.base.errors import Malformed
from tracker.domain.activity.capture import Capture
from tracker.domain.privacy.withdrawn import WithdrawnKind
from tracker.domain.workspace.refusal import RefusalReason
from tracker.spool.policy import SitePolicy
from tracker.web.edge.capture import RequestFacts, request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.page_events import BODY_LIMIT, PageEventBatch
from tracker.web.edge.responses import Header, Response, RouteResult, make_response, not_allowed, text

_VARY: Header = (b"vary", b"origin")
_STATUS = {"too_big": 413, "content_encoding": 415}
"""The status of errors that are not 400."""
_ALLOWED = "POST, OPTIONS"
_ALLOW: Header = (b"allow", _ALLOWED.encode())
_NOT_ALLOWED = RouteResult(not_allowed(_ALLOWED))


def collect(context: Context, scope: dict[str, Any], body: bytes) -> RouteResult:
    """Takes a batch of page events. A valid batch is always answered with 204; events that cannot be kept are counted.

    A body longer than `BODY_LIMIT` may be cut off one byte beyond it.
    """
    headers = dict(reversed(scope["headers"]))  # the first of repeated headers counts
    found = headers.get(b"origin")
    origin = None if found is None else found.decode("latin-1")
    if scope["method"] == "OPTIONS":
        return RouteResult(_preflight(context, origin))
    if scope["method"] != "POST":
        return _NOT_ALLOWED
    try:
        _check_headers(headers)
        return _accept(context, scope, PageEventBatch(body), origin)
    except Malformed as error:
        context.refuse(error.code)
        return RouteResult(text(_STATUS.get(error.code, 400), error.code, *_cors(context, origin)))


def _accept(context: Context, scope: dict[str, Any], batch: PageEventBatch, origin: str | None) -> RouteResult:
    site = context.policy.site(batch.site)
    if site is None:
        if context.policy.is_known:
            _refuse(context, RefusalReason.KEY, context.policy.workspace_at(origin or ""), batch, origin)
            raise Malformed("unknown_site")
        site = SitePolicy(workspace="")
    elif origin is not None and origin not in site.origins:
        _refuse(context, RefusalReason.ORIGIN, site.workspace, batch, origin)
        raise Malformed("wrong_origin")
    facts = request_facts(scope, context.trusted)
    response = _no_content(origin if origin and context.policy.is_site_origin(origin) else None)
    is_withdrawn = context.is_withdrawn(site.workspace, WithdrawnKind.VISITOR, batch.visitor)
    if facts.refuses_tracking and not batch.has_consent:
        context.drop("privacy_signal")
    elif is_withdrawn and not batch.has_consent:
        context.note_untracked(site.workspace)
    elif not context.limits.collected.allow(facts.address):
        context.drop("address_limit")
    else:
        return RouteResult(response, _captures(context, facts, batch, site))
    return RouteResult(response)


def _refuse(context: Context, reason: RefusalReason, workspace: str, batch: PageEventBatch, origin: str | None) -> None:
    """Counts the pages of a refused batch. Other events do not make a page."""
    if batch.views:
        context.refusals.add(reason, workspace, batch.site, origin or "", batch.views)


def _captures(context: Context, facts: RequestFacts, batch: PageEventBatch, site: SitePolicy) -> tuple[Capture, ...]:
    """The captures of the batch; none, which is counted, if its landing token names a withdrawn click and the browser has not consented."""
    if batch.has_consent:
        return tuple(batch.captures(facts, site, context.keys))
    found = batch.captures(facts, site, context.keys, partial(context.is_withdrawn, site.workspace, WithdrawnKind.CLICK))
    if not found and batch.kept(site):
        context.note_untracked(site.workspace)
    return tuple(found)


@lru_cache(maxsize=1024)
def _no_content(origin: str | None) -> Response:
    return make_response(204, (_VARY,) if origin is None else (_VARY, (b"access-control-allow-origin", origin.encode("latin-1"))))


def _check_headers(headers: dict[bytes, bytes]) -> None:
    """Refuses a body by its headers alone: too long by Content-Length, or encoded."""
    length, encoding = headers.get(b"content-length"), headers.get(b"content-encoding")
    if length is not None and (not length.isdigit() or int(length[:12]) > BODY_LIMIT):
        raise Malformed("too_big")
    if encoding not in (None, b"", b"identity"):
        raise Malformed("content_encoding")


def _preflight(context: Context, origin: str | None) -> Response:
    if origin is None or not context.policy.is_site_origin(origin):
        return make_response(204, (_VARY, _ALLOW))
    allowed = (
        _ALLOW,
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"content-type"),
        (b"access-control-max-age", b"600"),
    )
    return make_response(204, (*_cors(context, origin), *allowed))


def _cors(context: Context, origin: str | None) -> tuple[Header, ...]:
    if origin is None or not context.policy.is_site_origin(origin):
        return (_VARY,)
    return (_VARY, (b"access-control-allow-origin", origin.encode("latin-1")))
