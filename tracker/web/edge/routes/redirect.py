"""The redirect, `GET /c/<token>`: 302 to the URL that we signed, byte for byte. A bad token gets the 404 page.

A personal link whose destination was changed leads to the one that was signed last (spool.destinations).
"""

import html
from typing import Any

from tracker.base.errors import BadToken
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.domain.privacy.withdrawn import WithdrawnKind
from tracker.links import urls
from tracker.links.confidential import page_mark
from tracker.links.landing import with_landing
from tracker.links.tokens import ClickClaims, LandingClaims, mint_landing, verify_click
from tracker.web.edge.capture import RequestFacts, capture, request_facts
from tracker.web.edge.context import Context
from tracker.web.edge.own_browser import rep_of
from tracker.web.edge.responses import (
    NO_INDEX,
    NO_REFERRER,
    NO_STORE,
    NOT_FOUND,
    Response,
    RouteResult,
    head_of,
    not_allowed,
    options,
    page,
)
from tracker.web.edge.token_path import parse_token

_HEADERS = (NO_REFERRER, NO_INDEX, *NO_STORE, (b"content-length", b"0"))
_HEAD = head_of(302, _HEADERS)
_ALLOWED = "GET, HEAD, OPTIONS"
_NOT_ALLOWED, _OPTIONS = RouteResult(not_allowed(_ALLOWED)), RouteResult(options(_ALLOWED))


def redirect(context: Context, scope: dict[str, Any], raw_token: bytes) -> RouteResult:
    """The redirect, whether or not the click can be recorded."""
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    facts = request_facts(scope, context.trusted)
    try:
        claims, is_repaired = parse_token(verify_click, context.keys, raw_token)
        claims = context.present(claims)
        origin = context.safe_origin(claims.url)
        if origin is None:
            raise BadToken("destination", claims.workspace, claims.message)  # noqa: TRY301 - one place responds to every refusal
    except BadToken as error:
        return RouteResult(not_found_page(context, error.workspace), context.evidence(facts, "click", error))
    if _is_withdrawn(context, claims):
        context.note_untracked(claims.workspace)
        return RouteResult(_found(claims.url))
    event = new_id()
    captures: tuple[Capture, ...] = ()
    if context.limits.signed.allow(facts.address):
        captures = (_click(context, facts, claims, event, is_repaired=is_repaired),)
    else:
        context.drop("address_limit")
    return RouteResult(_found(_destination(context, facts, claims, origin, event)), captures)


def _found(url: str) -> Response:
    location = url.encode()
    return Response(302, ((b"location", location), *_HEADERS), b"", b"%blocation: %b\r\n" % (_HEAD, location))


def _is_withdrawn(context: Context, claims: ClickClaims) -> bool:
    """Whether the message or share link is withdrawn: the redirect then carries no landing token, and nothing is recorded."""
    if claims.share is not None:
        return context.is_withdrawn(claims.workspace, WithdrawnKind.SHARE, claims.share)
    return claims.message is not None and context.is_withdrawn(claims.workspace, WithdrawnKind.MESSAGE, claims.message)


def _click(context: Context, facts: RequestFacts, claims: ClickClaims, event: str, *, is_repaired: bool) -> Capture:
    return capture(
        facts,
        CaptureKind.CLICK,
        claims.workspace,
        event=event,
        message=claims.message,
        share=claims.share,
        link=claims.link,
        url=claims.url,
        is_repaired=is_repaired,
        rep=rep_of(context, facts, claims.workspace),
    )


def not_found_page(context: Context, workspace: str | None) -> Response:
    """The 404 page. It links the home page of the workspace, from our policy, where the token still names the workspace."""
    known = context.policy.current().workspaces.get(workspace or "")
    if known is None or urls.origin(known.home_url) == "":
        return NOT_FOUND
    home, name = html.escape(known.home_url), html.escape(known.name)
    return page(
        404,
        "This link is not complete",
        f'<p>It may have been cut on its way to you. You will find what you are looking for at <a href="{home}" rel="noreferrer">{name}</a>.</p>',
    )


def _destination(context: Context, facts: RequestFacts, claims: ClickClaims, origin: str, event: str) -> str:
    """The signed URL; for a site of the workspace with a landing token, which names the click."""
    key = context.policy.site_at(claims.workspace, origin)
    site = context.policy.site(key) if key else None
    if key is None or site is None or not site.landing:
        return claims.url
    token = mint_landing(context.keys, LandingClaims(claims.workspace, event, key, facts.received, page_mark(claims.url)))
    return with_landing(claims.url, token, site.landing)
