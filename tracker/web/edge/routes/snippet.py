"""The snippet's address, `GET /t.js?s=<site key>`: the built script with what it must know of its site."""

import gzip
import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from tracker.web.edge.context import Context
from tracker.web.edge.responses import NOSNIFF, Answer, Header, Reply, answer, not_allowed, options, text

_BUILT = files("tracker.web.edge").joinpath("snippet", "snippet.min.js").read_text("utf-8")
_FRESH: Header = (b"cache-control", b"public, max-age=300")
_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"text/javascript; charset=utf-8"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"vary", b"accept-encoding"),
    NOSNIFF,
    _FRESH,
)
_ALLOWED = "GET, HEAD, OPTIONS"
_NOT_ALLOWED, _OPTIONS = Reply(not_allowed(_ALLOWED)), Reply(options(_ALLOWED))
_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_UNKNOWN = Reply(text(404, "unknown_site"))


def script(context: Context, scope: dict[str, Any]) -> Reply:
    """Hand out the script for one site; an unknown key gets 404, which a page does not notice."""
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    key = _key_in(scope["query_string"].decode("latin-1"))
    site = context.policy.site(key)
    if site is None:
        return _UNKNOWN
    headers = dict(scope["headers"])
    packed = bool(_GZIP.search(headers.get(b"accept-encoding", b"")))
    whole, unchanged, tag = _answers(key, site.fields, packed=packed)
    known = headers.get(b"if-none-match", b"")
    return Reply(unchanged if tag in known or known == b"*" else whole)


def _key_in(query: str) -> str:
    """The first `s` of a query, whatever else is in it."""
    found = next((field for field in query.split("&") if field.startswith("s=")), "")
    return unquote_plus(found[2:])


@lru_cache(maxsize=256)
def _answers(key: str, fields: tuple[str, ...], *, packed: bool) -> tuple[Answer, Answer, bytes]:
    """The script, its 304, and its entity tag."""
    known = msgspec.json.encode({"site": key, "fields": fields}).decode().replace("<", "\\u003c")
    source = _BUILT.replace("__LEADLIGHT__", known).encode()
    tag = b'"' + hashlib.sha256(source).hexdigest()[:24].encode() + (b'-gz"' if packed else b'"')
    headers = (*_HEADERS, (b"etag", tag))
    if packed:
        return answer(200, (*headers, (b"content-encoding", b"gzip")), gzip.compress(source, 9, mtime=0)), answer(304, headers), tag
    return answer(200, headers, source), answer(304, headers), tag
