"""Security headers, and the CSRF check of token and origin for every unsafe request."""

import hashlib
import hmac
import secrets
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, abort, g, request
from markupsafe import Markup
from pymongo.errors import PyMongoError
from werkzeug.wrappers import Response

from tracker.actions.team import sessions
from tracker.domain.team.session import Session
from tracker.web.api.paths import is_for_programs
from tracker.web.console import cookies
from tracker.web.console.auth import deps, find_current_user
from tracker.web.console.own_host import address_hint

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_FIELD = "csrf_token"
_HEADER = "X-CSRF-Token"
_SWITCHING = frozenset({"sign_in.switch", "sign_in.leave", "demo.begin", "demo.enter"})
"""Endpoints that accept a token of any workspace of the person."""


def install(app: Flask) -> None:
    """Checks requests before any view, and adds headers to every response."""
    app.before_request(_check)
    app.after_request(_protect)
    app.context_processor(lambda: {"csrf": _hidden_field, "csrf_token": csrf_token})


def allow_frames(*origins: str) -> None:
    """Allows this page to frame these origins, such as `https://www.example.com`."""
    g.frame_sources = [*g.get("frame_sources", []), *(o for o in origins if _is_origin(o))]


def allow_forms_to(*origins: str) -> None:
    """Allows the forms of this page to lead to these origins, also by a redirect: Chromium checks those too."""
    g.form_targets = [*g.get("form_targets", []), *(o for o in origins if _is_origin(o))]


def allow_connections(*origins: str) -> None:
    """Allows the scripts of this page to connect to these origins."""
    g.connection_targets = [*g.get("connection_targets", []), *(o for o in origins if _is_origin(o))]


def csrf_token() -> str:
    """The token that forms must send, derived from the session or form cookie."""
    if "csrf_token" not in g:
        secret = _session_secret() or cookies.read(request, cookies.FORM)
        if not secret:
            secret = secrets.token_urlsafe(24)
            g.new_form_cookie = secret
        g.csrf_token = _token_of(secret)
    return cast("str", g.csrf_token)


def _hidden_field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(_FORM_FIELD, csrf_token())


def _token_of(secret: str) -> str:
    return hmac.digest(secret.encode(), b"leadlight.form", hashlib.sha256).hex()


def _check() -> None:
    # API requests carry a key in a header, which other sites cannot make a browser send.
    if request.method in _SAFE or is_for_programs(request.path):
        return
    if request.routing_exception is not None:  # answered with 404 or 405
        return
    if not _is_own_origin():
        asked, url = request.headers.get("Origin", "another site")[:100], deps().settings.public_url
        abort(403, f"Leadlight is set up for {url} (setting PUBLIC_URL), but this form was sent from {asked}. {address_hint()}")
    given = request.headers.get(_HEADER) or request.form.get(_FORM_FIELD, "")
    known = (_session_secret(), cookies.read(request, cookies.FORM), *_secrets_elsewhere())
    if not any(secret and hmac.compare_digest(_token_of(secret).encode(), given.encode()) for secret in known):
        abort(403, "This form has expired. Go back, reload the page and submit it again.")


def _session_secret() -> str | None:
    try:
        found = find_current_user()
    except PyMongoError:
        return None
    return _secret_in(found.session, found.workspace.id) if found else None


def _secret_in(session: Session, workspace: str) -> str:
    """Differs by workspace, so that a form of one workspace has no effect in another."""
    return f"{session.csrf} {workspace}"


def _secrets_elsewhere() -> list[str]:
    """The secrets of other workspaces, for a repeated click on a form that switches workspace."""
    found = find_current_user() if request.endpoint in _SWITCHING else None
    return [_secret_in(found.session, rep.workspace) for rep in sessions.places(deps(), found.session)] if found else []


def _is_own_origin() -> bool:
    origin = request.headers.get("Origin")
    if origin:
        return origin in (_origin_of(deps().settings.public_url), f"{request.scheme}://{request.host}")
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _protect(response: Response) -> Response:
    if "new_form_cookie" in g:
        cookies.write(response, deps().settings, cookies.FORM, g.new_form_cookie)
    frames, forms, connections = (
        " ".join(("'self'", *dict.fromkeys(g.get(name, [])))) for name in ("frame_sources", "form_targets", "connection_targets")
    )
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; connect-src {connections}; frame-src {frames}; object-src 'none'; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
    if cookies.is_secure(deps().settings):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not set(text) & set(" ;,'\"\r\n*") and not parts.path.strip("/")
