"""Unsubscribing, `/u/<token>`: GET shows a page and changes nothing, POST acts (RFC 8058). An opt-out is never shed."""

import html
from typing import Any

from tracker.base.errors import BadToken
from tracker.domain.activity.capture import CaptureKind
from tracker.links.tokens import UnsubscribeClaims, verify_unsubscribe
from tracker.web.edge.capture import capture, facts_of
from tracker.web.edge.context import Context
from tracker.web.edge.responses import Answer, Reply, not_allowed, options, page, text
from tracker.web.edge.routes.redirect import lost
from tracker.web.edge.token_path import claims_of

_ALLOWED = "GET, HEAD, POST, OPTIONS"
_NOT_ALLOWED, _OPTIONS = Reply(not_allowed(_ALLOWED)), Reply(options(_ALLOWED))
_LATER = text(503, "try_again", (b"retry-after", b"60"))


def unsubscribe(context: Context, scope: dict[str, Any], raw_token: bytes) -> Reply:
    """Show the question, or take the opt-out: 200 only once it is safe, else 503 so that the mailbox provider asks again.

    Whatever the body of a POST says: the address alone tells what is wanted.
    """
    method = scope["method"]
    if method not in ("GET", "HEAD", "POST"):
        return _OPTIONS if method == "OPTIONS" else _NOT_ALLOWED
    facts = facts_of(scope, context.trusted)
    try:
        claims = claims_of(verify_unsubscribe, context.keys, raw_token)
    except BadToken as error:
        return Reply(lost(context, error.workspace), context.evidence(facts, f"unsubscribe_{error.reason}", error.workspace))
    sender = _sender(context, claims)
    if method != "POST":
        return Reply(_question(sender))
    done = page(200, "Done", f"<p>You will get no more mail from {sender}.</p>")
    return Reply(done, (capture(facts, CaptureKind.UNSUBSCRIBE, claims.workspace, message=claims.message),), if_lost=_LATER)


def _sender(context: Context, claims: UnsubscribeClaims) -> str:
    known = context.policy.current().workspaces.get(claims.workspace)
    return html.escape(known.name) if known else "this sender"


def _question(sender: str) -> Answer:
    form = '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Stop this mail</button></form>'
    return page(200, "Stop this mail?", f"<p>Press the button and you will get no more mail from {sender}.</p>{form}")
