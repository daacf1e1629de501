"""The pixel, `GET /o/<token>.gif`: always 200 and the same 43 bytes, whatever the token, whatever is broken behind."""

from typing import Any

from tracker.base.errors import BadToken
from tracker.domain.activity.capture import CaptureKind
from tracker.links.tokens import verify_open
from tracker.web.edge.capture import capture, facts_of
from tracker.web.edge.context import Context
from tracker.web.edge.responses import NO_INDEX, NO_STORE, NOSNIFF, Reply, answer, not_allowed, options
from tracker.web.edge.token_path import claims_of

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_PICTURE = answer(
    200, ((b"content-type", b"image/gif"), NOSNIFF, NO_INDEX, (b"cross-origin-resource-policy", b"cross-origin"), *NO_STORE), GIF
)
_ALLOWED = "GET, HEAD, OPTIONS"
_NOT_ALLOWED, _OPTIONS = Reply(not_allowed(_ALLOWED)), Reply(options(_ALLOWED))


def show(context: Context, scope: dict[str, Any], raw_token: bytes) -> Reply:
    """Show the picture. Recording the open may fail; the picture may not."""
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    facts = facts_of(scope, context.trusted)
    try:
        claims = claims_of(verify_open, context.keys, raw_token, b".gif")
    except BadToken as error:
        return Reply(_PICTURE, context.evidence(facts, f"open_{error.reason}", error.workspace))
    if context.limits.signed.allow(facts.address):
        return Reply(_PICTURE, (capture(facts, CaptureKind.OPEN, claims.workspace, message=claims.message),))
    context.drop("address_limit")
    return Reply(_PICTURE)
