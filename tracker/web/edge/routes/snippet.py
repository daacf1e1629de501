"""The snippet, `GET /t.js?s=<site key>`: the built script with the configuration of its site."""

from typing import Any

import msgspec

from tracker.links.confidential import words_as_decoded
from tracker.spool.policy import SitePolicy
from tracker.web.edge.context import Context
from tracker.web.edge.responses import RouteResult
from tracker.web.edge.scripts import serve_script


def snippet(context: Context, scope: dict[str, Any]) -> RouteResult:
    """The script for one site."""
    return serve_script(context, scope, "snippet", _configuration, is_counted=True)


def _configuration(_context: Context, key: str, site: SitePolicy) -> bytes:
    words = None if site.confidential is None else words_as_decoded(site.confidential)
    more = {"words": words, "origins": site.origins, "landing": site.landing, "clicks": site.clicks}
    return msgspec.json.encode({"site": key, "fields": site.fields, **more})
