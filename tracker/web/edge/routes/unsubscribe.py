"""Unsubscribe, `/u/<token>`: GET shows a page and changes nothing, POST acts (RFC 8058). An opt-out is never shed."""

import html
from typing import Any

from tracker.base.errors import BadToken
from tracker.base.languages import preferred
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.leads.consent_text import company_words
from tracker.domain.mail.unsubscribe_text import UnsubscribeText, unsubscribe_text
from tracker.links.tokens import verify_unsubscribe
from tracker.web.edge.capture import capture, request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.responses import Response, RouteResult, not_allowed, options, page, text
from tracker.web.edge.routes.redirect import not_found_page
from tracker.web.edge.token_path import parse_token

_ALLOWED = "GET, HEAD, POST, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))
_LANGUAGE_HEADERS = ((b"vary", b"accept-language"),)
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
    words = unsubscribe_text(preferred(facts.headers.get("accept-language", "")))
    known = context.policy.current().workspaces.get(claims.workspace)
    company = known.name if known else words.sender
    if method != "POST":
        explanation = (known.text("unsubscribe", words.language) if known else "") or words.explanation
        return RouteResult(_confirmation(words, company_words(explanation, company)))
    text_done = f"<p>{html.escape(company_words(words.done, company))}</p>"
    done = page(200, words.done_title, text_done, *_LANGUAGE_HEADERS, language=words.language)
    found = capture(facts, CaptureKind.UNSUBSCRIBE, claims.workspace, message=claims.message, is_repaired=is_repaired)
    return RouteResult(done, (found,), if_lost=_TRY_AGAIN)


def _confirmation(words: UnsubscribeText, explanation: str) -> Response:
    button = f"<button>{html.escape(words.button)}</button>"
    form = f'<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">{button}</form>'
    return page(200, words.title, f"<p>{html.escape(explanation)}</p>{form}", *_LANGUAGE_HEADERS, language=words.language)
