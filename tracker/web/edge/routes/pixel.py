"""The pixel, `GET /o/<token>.gif`: always 200 and the same 43 bytes, also for a bad token and during outages."""

from typing import Any

from tracker.base.errors import BadToken
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.privacy.withdrawn import WithdrawnKind
from tracker.links.tokens import verify_open
from tracker.web.edge.capture import capture, request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.own_browser import rep_of
from tracker.web.edge.responses import NO_INDEX, NO_STORE, NOSNIFF, RouteResult, make_response, not_allowed, options
from tracker.web.edge.token_path import parse_token

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_IMAGE = make_response(
    200, ((b"content-type", b"image/gif"), NOSNIFF, NO_INDEX, (b"cross-origin-resource-policy", b"cross-origin"), *NO_STORE), GIF
)
_ALLOWED = "GET, HEAD, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))


def pixel(context: Context, scope: dict[str, Any], raw_token: bytes) -> RouteResult:
    """The picture, whether or not the open can be recorded."""
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    facts = request_facts(scope, context.trusted)
    try:
        claims, is_repaired = parse_token(verify_open, context.keys, raw_token, b".gif")
    except BadToken as error:
        return RouteResult(_IMAGE, context.evidence(facts, "open", error))
    if context.is_withdrawn(claims.workspace, WithdrawnKind.MESSAGE, claims.message):
        context.note_untracked(claims.workspace)
        return RouteResult(_IMAGE)
    if context.limits.signed.allow(facts.address):
        rep = rep_of(context, facts, claims.workspace)
        found = capture(facts, CaptureKind.OPEN, claims.workspace, message=claims.message, is_repaired=is_repaired, rep=rep)
        return RouteResult(_IMAGE, (found,))
    context.drop("address_limit")
    return RouteResult(_IMAGE)
