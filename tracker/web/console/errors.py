"""Error pages and problem details: the cause, what to do, and an id that is also in the log."""

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, flash, jsonify, redirect, render_template, request
from pymongo.errors import PyMongoError
from redis import RedisError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from tracker.actions.team.sessions import NotProven
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, Forbidden, Invalid, LeadlightError, Malformed, NotFound, Stale
from tracker.web.api.paths import is_for_programs

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[LeadlightError], int, str], ...] = (
    (NotFound, 404, "Page not found"),
    (TooManyTries, 429, "Too many attempts"),
    (Forbidden, 403, "Not allowed"),
    (Conflict, 409, "Conflict"),
    (Invalid, 422, "Invalid input"),
    (Malformed, 400, "Invalid request"),
)
_TITLES = {
    400: "Invalid request",
    401: "Sign in",
    403: "Not allowed",
    404: "Page not found",
    405: "Method not allowed",
    413: "Too large",
    429: "Too many attempts",
}
_TEXTS = {
    404: "This page does not exist in this workspace. It may have been removed, or the address may be mistyped.",
    401: "Your session has ended. Sign in again.",
    405: "This address does not support this method.",
    413: "The request is too large for this page.",
}


def install(app: Flask) -> None:
    """Registers the handlers."""
    app.register_error_handler(LeadlightError, _application_error)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(PyMongoError, _unavailable)
    app.register_error_handler(RedisError, _unavailable)
    app.register_error_handler(500, _unexpected)


_ABOUT_THE_REQUEST = frozenset({400, 405, 411, 413, 414, 415, 431, 501, 505})
"""Status codes that HTTP itself causes. Programs get problem details, browsers the error page."""


def wants_json() -> bool:
    """Whether js/parts/http.js or a program sent the request, rather than a browser navigation."""
    return request.headers.get("X-Requested-With") == "fetch" or is_for_programs(request.path)


def problem(status: int, title: str, text: str, **more: Any) -> AnyResponse:
    """An error page, or RFC 9457 problem details."""
    return details(status, title, text, **more) if wants_json() else _page(status, title, text, **more)


def _page(status: int, title: str, text: str, **more: str | None) -> AnyResponse:
    page = render_template("error.html", title=title, text=text, status=status, **more)
    return Response(page, status, content_type="text/html; charset=utf-8")


def details(status: int, title: str, text: str, **more: Any) -> AnyResponse:
    """RFC 9457 problem details."""
    answer: Response = jsonify({"type": "about:blank", "title": title, "status": status, "detail": text, **more})
    answer.content_type = "application/problem+json"
    answer.status_code = status
    return answer


def _application_error(error: LeadlightError) -> AnyResponse:
    if isinstance(error, NotProven) and not wants_json():
        return redirect("/sign-in", 303)
    if isinstance(error, Stale) and not wants_json():
        return _keep_typed(error)
    if isinstance(error, Invalid | Conflict) and request.method == "POST" and not wants_json():
        # Back to the form, with the reason above it.
        flash(sentence(error), "error")
        return redirect(form_page(), 303)
    status, title = next(((s, t) for kind, s, t in _STATUS if isinstance(error, kind)), (500, "Something went wrong"))
    text = _TEXTS[404] if isinstance(error, NotFound) else str(error)
    more: dict[str, Any] = {"field": error.field} if isinstance(error, Invalid) else {}
    if isinstance(error, Stale):
        more["seen"] = _seen(error)
    return problem(status, title, text, **more)


def _seen(error: Stale) -> dict[str, str]:
    """What the form's hidden fields take over, so that sending it again replaces what the other person saved."""
    return {f"was-{name}": value for name, value in error.seen.items()}


def _keep_typed(error: Stale) -> AnyResponse:
    """A page with what was typed, which can be sent again. For browsers without scripts."""
    sent = [(name, _seen(error).get(name, value)) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    hidden = {"action", "who", "then", "after", "task", "move", "id", "field"}
    typed = [(name, value) for name, value in sent if value.strip() and name not in hidden and not name.startswith("was-")]
    page = render_template("conflict.html", text=sentence(error), sent=sent, typed=typed, action=request.path, back=form_page())
    return Response(page, 409, content_type="text/html; charset=utf-8")


def sentence(error: LeadlightError) -> str:
    """The error as one sentence: `Mail server must look like …`."""
    field = getattr(error, "field", "").removeprefix("policy.").replace("_", " ").replace(" url", " address")
    text = str(error)
    words = f"{field} {text}" if field and text[:1].islower() else text
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def form_page() -> str:
    """The page of ours that has the form which was sent; the start page if that is unknown."""
    parts = urlsplit(request.referrer or "")
    is_own = parts.netloc == request.host and parts.path.startswith("/") and not parts.path.startswith("//")
    return f"{parts.path}?{parts.query}" if is_own and parts.query else parts.path if is_own else "/"


def _http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004 - redirects are not errors
        return error.get_response()
    default = type(error).description
    given = error.description if error.description and error.description != default else None
    title, text = _TITLES.get(status, "Something went wrong"), given or _TEXTS.get(status, "Please try again.")
    is_program = status in _ABOUT_THE_REQUEST and "text/html" not in request.headers.get("Accept", "")
    answer = details(status, title, text) if is_program else problem(status, title, text)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):  # such as Allow and Retry-After
            answer.headers[name] = value
    return answer


def _unavailable(error: Exception) -> AnyResponse:
    log.warning("database or Redis unavailable", extra={"error": type(error).__name__, "path": request.path})
    title = "Temporarily unavailable"
    text = "A part of Leadlight does not respond. No data is lost, and tracking continues. Try again in a few seconds."
    # Without the menu, which would read the database.
    answer = details(503, title, text) if wants_json() else _page(503, title, text, current_user=None)
    answer.headers["Retry-After"] = "5"
    return answer


def _unexpected(error: InternalServerError) -> AnyResponse:
    reference = secrets.token_hex(4)
    cause = error.original_exception or error
    log.error("unexpected error", extra={"reference": reference, "path": request.path}, exc_info=cause)
    return problem(500, "Internal error", "The log contains details under this error id. Saved data is not affected.", reference=reference)
