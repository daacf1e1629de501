"""Marking a rep's own browser, `GET /m/<token>`: sets or removes the signed cookie, then redirects to the console or to the company's site.

The token is signed, valid for minutes and names the destination: a path of the console, whose address is a setting, or a page of one
of the workspace's sites, which gets a landing token as a click does. Nothing is stored.
"""

import secrets
from typing import Any

from tracker.base.errors import BadToken
from tracker.domain.activity.own_browser import mark_id
from tracker.links.browser_marks import Hop, verify_hop
from tracker.links.landing import with_landing
from tracker.links.tokens import LandingClaims, mint_landing
from tracker.web.edge.capture import request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.own_browser import mark_cookie
from tracker.web.edge.responses import NO_INDEX, NO_REFERRER, NO_STORE, RouteResult, make_response, not_allowed, options, page

_ALLOWED = "GET, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))
_EXPIRED = RouteResult(
    page(
        404, "This link has expired", "<p>It marks a browser as yours, for a few minutes. Open your profile in Leadlight for a new one.</p>"
    )
)


def mark(context: Context, scope: dict[str, Any], raw_token: bytes) -> RouteResult:
    """The redirect with the cookie, or a page that says that the token is not valid."""
    if scope["method"] != "GET":
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    received = request_facts(scope, context.trusted).received
    try:
        hop = verify_hop(context.keys, raw_token, received)
        location = _destination(context, hop, received)
    except BadToken:
        return _EXPIRED
    cookie = mark_cookie(context, hop.mark, is_removal=hop.is_removal)
    return RouteResult(make_response(302, ((b"location", location.encode()), cookie, NO_REFERRER, NO_INDEX, *NO_STORE)))


def _destination(context: Context, hop: Hop, received: int) -> str:
    """Where the browser goes next. Raises BadToken for a page that is on no site of the workspace."""
    if hop.target.startswith("/"):
        return context.settings.public_url + hop.target
    origin = context.safe_origin(hop.target)
    key = context.policy.site_at(hop.mark.workspace, origin) if origin else None
    site = context.policy.site(key) if key else None
    if key is None or site is None:
        raise BadToken("destination")
    claims = LandingClaims(hop.mark.workspace, mark_id(received, secrets.token_bytes(2), is_removal=hop.is_removal), key, received)
    return with_landing(hop.target, mint_landing(context.keys, claims), site.landing)
