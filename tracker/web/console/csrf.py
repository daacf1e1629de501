"""What protects every page: response headers, and the check of token and origin on every request that changes something."""

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
from tracker.web.console import cookies
from tracker.web.console.auth import deps, find_seat

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM_FIELD = "csrf_token"
_HEADER = "X-CSRF-Token"
_GOING = frozenset({"sign_in.switch", "sign_in.leave", "demo.begin", "demo.enter"})
"""Forms that may be sent from any workspace of the person."""


def install(app: Flask) -> None:
    """Checks requests before any view, and adds the headers to every answer."""
    app.before_request(_check)
    app.after_request(_protect)
    app.context_processor(lambda: {"csrf": _hidden_field, "csrf_token": csrf_token})


def allow_frames(*origins: str) -> None:
    """Lets this page frame these origins (`https://www.example.com`); all others stay refused."""
    g.frame_sources = [*g.get("frame_sources", []), *(o for o in origins if _is_origin(o))]


def csrf_token() -> str:
    """What a form of this browser must bring back: follows from a cookie that no other site can read."""
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
    # Programs speak to /api with a key in a header, which no foreign page can make a browser send.
    if request.method in _SAFE or request.path.startswith("/api/"):
        return
    if request.routing_exception is not None:  # no view takes this: 404 or 405 is the answer
        return
    if not _is_own_origin():
        abort(403, "This request came from another site.")
    given = request.headers.get(_HEADER) or request.form.get(_FORM_FIELD, "")
    known = (_session_secret(), cookies.read(request, cookies.FORM), *_secrets_elsewhere())
    if not any(secret and hmac.compare_digest(_token_of(secret).encode(), given.encode()) for secret in known):
        abort(403, "This form is too old. Go back, load the page again, and send it once more.")


def _session_secret() -> str | None:
    try:
        found = find_seat()
    except PyMongoError:
        return None
    return _secret_in(found.session, found.workspace.id) if found else None


def _secret_in(session: Session, workspace: str) -> str:
    """Differs between workspaces, so that a form of one, sent after the browser went on in another, changes nothing there."""
    return f"{session.csrf} {workspace}"


def _secrets_elsewhere() -> list[str]:
    """For a second click on a form that goes to another workspace: the first one is there already."""
    found = find_seat() if request.endpoint in _GOING else None
    return [_secret_in(found.session, rep.workspace) for rep in sessions.places(deps(), found.session)] if found else []


def _is_own_origin() -> bool:
    origin = request.headers.get("Origin")
    if origin:
        return origin in (_origin_of(deps().settings.public_url), f"{request.scheme}://{request.host}")
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _protect(response: Response) -> Response:
    if "new_form_cookie" in g:
        cookies.write(response, deps().settings, cookies.FORM, g.new_form_cookie)
    frames = " ".join(("'self'", *dict.fromkeys(g.get("frame_sources", []))))
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'self'; frame-src {frames}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
    if cookies.is_secure(deps().settings):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not set(text) & set(" ;,'\"\r\n*") and not parts.path.strip("/")
