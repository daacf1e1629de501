"""Tracking choice, `/p/<token>`: GET shows a page and changes nothing, POST allows or refuses tracking. Mail goes on either way.

The page is in the language of the browser and needs no script. A choice is never shed: it is answered only once it is committed.
"""

import html
from typing import Any
from urllib.parse import parse_qs

import msgspec

from tracker.base.errors import BadToken
from tracker.base.languages import preferred
from tracker.domain.activity.capture import CaptureKind
from tracker.domain.leads.consent_text import ConsentText, company_words, text_in
from tracker.links.tokens import verify_choice
from tracker.web.edge.capture import capture, request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.responses import Response, RouteResult, not_allowed, options, page
from tracker.web.edge.routes.redirect import not_found_page
from tracker.web.edge.token_path import parse_token

GRANTED, REFUSED = "granted", "refused"

_ALLOWED = "GET, HEAD, POST, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))
_LANGUAGE_HEADERS = ((b"vary", b"accept-language"),)
_RETRY = (b"retry-after", b"60")
_BODY_LONGEST = 4_096
_GRANTS = frozenset({"grant", GRANTED})


def tracking_choice(context: Context, scope: dict[str, Any], raw_token: bytes, body: bytes) -> RouteResult:
    """The page, or the choice: `choice=grant` in the form allows tracking, and any other POST refuses it. 503 if it is not committed."""
    method = scope["method"]
    if method not in ("GET", "HEAD", "POST"):
        return _OPTIONS if method == "OPTIONS" else _NOT_ALLOWED
    facts = request_facts(scope, context.trusted)
    try:
        claims, is_repaired = parse_token(verify_choice, context.keys, raw_token)
    except BadToken as error:
        return RouteResult(not_found_page(context, error.workspace), context.evidence(facts, "choice", error))
    words = text_in(preferred(facts.headers.get("accept-language", "")))
    known = context.policy.current().workspaces.get(claims.workspace)
    company = known.name if known else words.sender
    explanation = ((known.text("choice", words.language) or known.wording) if known else "") or words.explanation
    if method != "POST":
        return RouteResult(_question(words, company, explanation))
    choice = GRANTED if _grants(body) else REFUSED
    shown = f"{company_words(explanation, company)} {words.note} {words.grant if choice == GRANTED else words.refuse}"
    found = capture(facts, CaptureKind.TRACKING, claims.workspace, message=claims.message, is_repaired=is_repaired)
    found = msgspec.structs.replace(found, choice=choice, wording=shown)
    return RouteResult(_answer(words, company, choice), (found,), if_lost=_failed(words))


def _grants(body: bytes) -> bool:
    """Whether the form allows tracking. Anything that cannot be read refuses it."""
    try:
        given = parse_qs(body[:_BODY_LONGEST].decode("ascii"), max_num_fields=20)
    except ValueError:
        return False
    return given.get("choice", [""])[-1] in _GRANTS


def _question(words: ConsentText, company: str, explanation: str) -> Response:
    """Both answers look the same, since neither may be favoured."""
    text = _paragraph(company_words(explanation, company)) + _paragraph(words.note)
    form = f'<form method="post">{_button(REFUSED, words.refuse)}{_button(GRANTED, words.grant)}</form>'
    return page(200, words.title, text + form, *_LANGUAGE_HEADERS, language=words.language)


def _answer(words: ConsentText, company: str, choice: str) -> Response:
    title, text = (words.granted_title, words.granted) if choice == GRANTED else (words.refused_title, words.refused)
    back = _button(REFUSED, words.refuse) if choice == GRANTED else _button(GRANTED, words.grant)
    content = f'{_paragraph(company_words(text, company))}{_paragraph(words.change)}<form method="post">{back}</form>'
    return page(200, title, content, *_LANGUAGE_HEADERS, language=words.language)


def _failed(words: ConsentText) -> Response:
    content = f'{_paragraph(words.failed)}<form method="post">{_button(REFUSED, words.refuse)}{_button(GRANTED, words.grant)}</form>'
    return page(503, words.failed_title, content, _RETRY, language=words.language)


def _button(choice: str, label: str) -> str:
    return f'<button name="choice" value="{choice}">{html.escape(label)}</button>'


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"
