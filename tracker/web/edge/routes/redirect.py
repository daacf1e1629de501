"""The redirect, `GET /c/<token>`: 302 to the URL we signed, byte for byte, and to nothing else; a bad token gets the 404 page."""

import html
from typing import Any

from tracker.base.errors import BadToken
from tracker.base.ids import new_id
from tracker.domain.activity.capture import Capture, CaptureKind
from tracker.links import urls
from tracker.links.tokens import ClickClaims, LandingClaims, mint_landing, verify_click
from tracker.web.edge.capture import Facts, capture, facts_of
from tracker.web.edge.context import Context
from tracker.web.edge.responses import NO_INDEX, NO_REFERRER, NO_STORE, NOT_FOUND, Answer, Reply, head_of, not_allowed, options, page
from tracker.web.edge.token_path import claims_of

_HEADERS = (NO_REFERRER, NO_INDEX, *NO_STORE, (b"content-length", b"0"))
_HEAD = head_of(302, _HEADERS)
_ALLOWED = "GET, HEAD, OPTIONS"
_NOT_ALLOWED, _OPTIONS = Reply(not_allowed(_ALLOWED)), Reply(options(_ALLOWED))


def follow(context: Context, scope: dict[str, Any], raw_token: bytes) -> Reply:
    """Send the reader on. Recording the click may fail; the redirect may not."""
    if scope["method"] not in ("GET", "HEAD"):
        return _OPTIONS if scope["method"] == "OPTIONS" else _NOT_ALLOWED
    facts = facts_of(scope, context.trusted)
    try:
        claims = claims_of(verify_click, context.keys, raw_token)
        origin = context.origin_of_safe(claims.url)
        if origin is None:
            raise BadToken("destination", claims.workspace)  # noqa: TRY301 - one place answers every refusal
    except BadToken as error:
        return Reply(lost(context, error.workspace), context.evidence(facts, f"click_{error.reason}", error.workspace))
    event = new_id()
    kept: tuple[Capture, ...] = ()
    if context.limits.signed.allow(facts.address):
        named = {"message": claims.message, "share": claims.share}
        kept = (capture(facts, CaptureKind.CLICK, claims.workspace, event=event, link=claims.link, url=claims.url, **named),)
    else:
        context.drop("address_limit")
    location = _landing_at(context, facts, claims, origin, event).encode()
    return Reply(Answer(302, ((b"location", location), *_HEADERS), b"", b"%blocation: %b\r\n" % (_HEAD, location)), kept)


def lost(context: Context, workspace: str | None) -> Answer:
    """The 404 page; it names the workspace's home page if the token still tells which one. That page comes from our policy alone."""
    known = context.policy.current().workspaces.get(workspace or "")
    if known is None or urls.origin(known.home_url) == "":
        return NOT_FOUND
    home, name = html.escape(known.home_url), html.escape(known.name)
    return page(
        404,
        "This link is not complete",
        f'<p>It may have been cut on its way to you. You will find what you are looking for at <a href="{home}" rel="noreferrer">{name}</a>.</p>',
    )


def _landing_at(context: Context, facts: Facts, claims: ClickClaims, origin: str, event: str) -> str:
    """The destination; one of the workspace's own sites is told, by a landing token, which click brought the visitor."""
    site = context.policy.site_at(claims.workspace, origin)
    if site is None:
        return claims.url
    return urls.with_landing(claims.url, mint_landing(context.keys, LandingClaims(claims.workspace, event, site, facts.received)))
