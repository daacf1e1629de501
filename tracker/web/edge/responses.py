"""Responses of the edge, built once where they are constant. Used by every module of the edge."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from tracker.base.http.request_head import CODES
from tracker.domain.activity.capture import Capture

Header = tuple[bytes, bytes]
NO_STORE: tuple[Header, ...] = (
    (b"cache-control", b"no-store, no-cache, must-revalidate, max-age=0, private"),
    (b"pragma", b"no-cache"),
    (b"expires", b"0"),
)
NOSNIFF: Header = (b"x-content-type-options", b"nosniff")
NO_INDEX: Header = (b"x-robots-tag", b"noindex, nofollow")
NO_REFERRER: Header = (b"referrer-policy", b"no-referrer")

_STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;color:#1d2430;background:#f6f7f9;margin:0;display:grid;min-height:100vh;place-items:center}"
    "main{max-width:30rem;margin:1.5rem;padding:2rem;background:#fff;border:1px solid #e2e6ec;border-radius:12px}"
    "h1{font-size:1.35rem;margin:0 0 .75rem}p{margin:0 0 1rem}a{color:#1f5fd0}"
    "button{font:inherit;color:#fff;background:#1f5fd0;border:0;border-radius:8px;padding:.7rem 1.2rem;cursor:pointer}"
    "form{display:flex;flex-wrap:wrap;gap:.75rem;margin:0 0 1rem}"
    "@media(prefers-color-scheme:dark){body{color:#e8ebf0;background:#14171c}main{background:#1c2027;border-color:#2c323c}a{color:#8ab4ff}}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Response(NamedTuple):
    """A complete response, both for ASGI and as it is sent up to the Date header. It is immutable: one object serves many requests."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    head: bytes


class RouteResult(NamedTuple):
    """A response, the captures that are committed to the spool before it is sent, and the response `if_lost`: by default the same."""

    response: Response
    captures: tuple[Capture, ...] = ()
    if_lost: Response | None = None


def head_of(status: int, headers: Iterable[Header]) -> bytes:
    """The status line and the headers, each with its line end, without the empty line."""
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\n%b" % (status, HTTPStatus(status).phrase.encode(), lines)


def make_response(status: int, headers: tuple[Header, ...] = (), body: bytes = b"") -> Response:
    """A response with its Content-Length, where the status allows one."""
    framed = (
        headers if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED) else (*headers, (b"content-length", str(len(body)).encode()))
    )
    return Response(status, framed, body, head_of(status, framed))


def text(status: int, code: str, *headers: Header) -> Response:
    """A short plain-text response, such as an error code."""
    return make_response(status, ((b"content-type", b"text/plain; charset=utf-8"), NOSNIFF, *NO_STORE, *headers), f"{code}\n".encode())


def page(status: int, title: str, content: str, *headers: Header, language: str = "en") -> Response:
    """A small HTML page for a lead. Values in `content` are escaped already; `title` is plain text."""
    name = html.escape(title)
    document = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{name}</title><style>{_STYLE}</style></head><body><main><h1>{name}</h1>{content}</main></body></html>"
    )
    policy = (b"content-security-policy", _PAGE_POLICY.encode())
    kind = (b"content-type", b"text/html; charset=utf-8")
    return make_response(status, (kind, policy, NOSNIFF, NO_INDEX, NO_REFERRER, *NO_STORE, *headers), document.encode())


def problem(status: int, code: str, detail: str, *headers: Header) -> Response:
    """Problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    kind = (b"content-type", b"application/problem+json")
    return make_response(status, (kind, NOSNIFF, *NO_STORE, *headers), json.dumps(body).encode() + b"\n")


def not_allowed(allowed: str) -> Response:
    """405 with the methods that the path allows."""
    return problem(405, "method_not_allowed", f"This address takes {allowed}.", (b"allow", allowed.encode()))


def options(allowed: str) -> Response:
    """The response to OPTIONS: the methods that the path allows."""
    return make_response(204, ((b"allow", allowed.encode()), *NO_STORE))


NOT_FOUND = page(404, "There is nothing here", "<p>This address leads nowhere. Please look at the link you followed once more.</p>")
BROKEN = text(500, "broken")

REFUSED = {code: problem(400, code, detail) for code, detail in CODES.items()}
"""Responses to malformed requests, by code."""
MALFORMED = REFUSED["malformed"]
LINE_TOO_LONG = problem(414, "target_too_long", "The request target is too long.")
TOO_MANY_HEADERS = problem(431, "headers_too_large", "There are too many headers, or one of them is too long.")
