"""The snippet, `GET /t.js?s=<site key>`: the built script with the configuration of its site."""

import gzip
import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from tracker.web.edge.context import Context
from tracker.web.edge.responses import NOSNIFF, Header, Response, RouteResult, make_response, not_allowed, options, text

_BUILT = files("tracker.web.edge").joinpath("snippet", "snippet.min.js").read_text("utf-8")
_CACHE: Header = (b"cache-control", b"public, max-age=300")
_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/javascript; charset=utf-8"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"vary", b"accept-encoding"),
    NOSNIFF,
    _CACHE,
)
_ALLOWED = "GET, HEAD, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))
_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_UNKNOWN = RouteResult(text(404, "unknown_site"))


def snippet(context: Context, scope: dict[str, Any]) -> RouteResult:
    """The script for one site; 404 for an unknown key, which does not affect the page."""
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    key = _site_key(scope["query_string"].decode("latin-1"))
    site = context.policy.site(key)
    if site is None:
        return _UNKNOWN
    headers = dict(scope["headers"])
    gzipped = bool(_GZIP.search(headers.get(b"accept-encoding", b"")))
    script, not_modified, tag = _responses(key, site.fields, gzipped=gzipped)
    cached = headers.get(b"if-none-match", b"")
    return RouteResult(not_modified if tag in cached or cached == b"*" else script)


def _site_key(query: str) -> str:
    """The first `s` in a query string, or an empty text."""
    found = next((field for field in query.split("&") if field.startswith("s=")), "")
    return unquote_plus(found[2:])


@lru_cache(maxsize=256)
def _responses(key: str, fields: tuple[str, ...], *, gzipped: bool) -> tuple[Response, Response, bytes]:
    """The script, its 304 response, and its entity tag."""
    configuration = msgspec.json.encode({"site": key, "fields": fields}).decode().replace("<", "\\u003c")
    source = _BUILT.replace("__LEADLIGHT__", configuration).encode()
    tag = b'"' + hashlib.sha256(source).hexdigest()[:24].encode() + (b'-gz"' if gzipped else b'"')
    headers = (*_HEADERS, (b"etag", tag))
    if gzipped:
        return (
            make_response(200, (*headers, (b"content-encoding", b"gzip")), gzip.compress(source, 9, mtime=0)),
            make_response(304, headers),
            tag,
        )
    return make_response(200, headers, source), make_response(304, headers), tag
