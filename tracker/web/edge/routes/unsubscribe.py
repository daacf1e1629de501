"""Unsubscribe, `/u/<token>`: GET shows a page and changes nothing, POST acts (RFC 8058). An opt-out is never shed."""

import html
from typing import Any

from tracker.base.errors import BadToken
from tracker.domain.activity.capture import CaptureKind
from tracker.links.tokens import UnsubscribeClaims, verify_unsubscribe
from tracker.web.edge.capture import capture, request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.responses import Response, RouteResult, not_allowed, options, page, text
from tracker.web.edge.routes.redirect import not_found_page
from tracker.web.edge.token_path import parse_token

_ALLOWED = "GET, HEAD, POST, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))
_TRY_AGAIN = text(503, "try_again", (b"retry-after", b"60"))


def unsubscribe(context: Context, scope: dict[str, Any], raw_token: bytes) -> RouteResult:
    """The confirmation page, or the opt-out: 200 only once it is committed, else 503, so that the mailbox provider tries again.

    The body of a POST is ignored: the path alone identifies the request.
    """
    method = scope["method"]
    if method not in ("GET", "HEAD", "POST"):
        return _OPTIONS if method == "OPTIONS" else _NOT_ALLOWED
    facts = request_facts(scope, context.trusted)
    try:
        claims, is_repaired = parse_token(verify_unsubscribe, context.keys, raw_token)
    except BadToken as error:
        return RouteResult(not_found_page(context, error.workspace), context.evidence(facts, "unsubscribe", error))
    sender = _sender_name(context, claims)
    if method != "POST":
        return RouteResult(_confirmation(sender))
    done = page(200, "Done", f"<p>You will get no more mail from {sender}.</p>")
    found = capture(facts, CaptureKind.UNSUBSCRIBE, claims.workspace, message=claims.message, is_repaired=is_repaired)
    return RouteResult(done, (found,), if_lost=_TRY_AGAIN)


def _sender_name(context: Context, claims: UnsubscribeClaims) -> str:
    known = context.policy.current().workspaces.get(claims.workspace)
    return html.escape(known.name) if known else "this sender"


def _confirmation(sender: str) -> Response:
    form = '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Stop this mail</button></form>'
    return page(200, "Stop this mail?", f"<p>Press the button and you will get no more mail from {sender}.</p>{form}")
