"""Scripts for the company's own sites: a built file with the configuration of a site. Used by the routes snippet and banner."""

import gzip
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote_plus

from tracker.domain.workspace.refusal import RefusalReason
from tracker.links import urls
from tracker.spool.policy import SitePolicy
from tracker.web.edge.context import Context
from tracker.web.edge.responses import NOSNIFF, Header, Response, RouteResult, make_response, not_allowed, options, text

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

Configure = Callable[[Context, str, SitePolicy], bytes | None]
"""The JSON configuration of a script for a site, by its key; None: this site has no such script."""


def serve_script(context: Context, scope: dict[str, Any], name: str, configure: Configure, *, is_counted: bool = False) -> RouteResult:
    """The built script `name` for the site in the query; 404 for an unknown key, which does not affect the page.

    With `is_counted`, a page that asks for an unknown key is counted, since it will never report itself.
    """
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    key = _site_key(scope["query_string"].decode("latin-1"))
    site = context.policy.site(key)
    configuration = configure(context, key, site) if site else None
    headers = dict(scope["headers"])
    if configuration is None:
        if site is None and is_counted:
            _count_unknown(context, key, headers)
        return _UNKNOWN
    gzipped = bool(_GZIP.search(headers.get(b"accept-encoding", b"")))
    script, not_modified, tag = _responses(name, configuration, gzipped=gzipped)
    cached = headers.get(b"if-none-match", b"")
    return RouteResult(not_modified if tag in cached or cached == b"*" else script)


def _count_unknown(context: Context, key: str, headers: dict[bytes, bytes]) -> None:
    """A request without a referrer did not come from a page."""
    origin = urls.origin(headers.get(b"referer", b"").decode("latin-1"))
    if origin and context.policy.is_known:
        context.refusals.add(RefusalReason.KEY, context.policy.workspace_at(origin), key, origin)


def _site_key(query: str) -> str:
    """The first `s` in a query string, or an empty text."""
    found = next((field for field in query.split("&") if field.startswith("s=")), "")
    return unquote_plus(found[2:])


@lru_cache(maxsize=4)
def _built(name: str) -> str:
    return files("tracker.web.edge").joinpath("snippet", f"{name}.min.js").read_text("utf-8")


@lru_cache(maxsize=512)
def _responses(name: str, configuration: bytes, *, gzipped: bool) -> tuple[Response, Response, bytes]:
    """The script, its 304 response, and its entity tag."""
    source = _built(name).replace("__LEADLIGHT__", configuration.decode().replace("<", "\\u003c")).encode()
    tag = b'"' + hashlib.sha256(source).hexdigest()[:24].encode() + (b'-gz"' if gzipped else b'"')
    headers = (*_HEADERS, (b"etag", tag))
    if gzipped:
        return (
            make_response(200, (*headers, (b"content-encoding", b"gzip")), gzip.compress(source, 9, mtime=0)),
            make_response(304, headers),
            tag,
        )
    return make_response(200, headers, source), make_response(304, headers), tag
