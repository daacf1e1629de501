"""Errors as RFC 9457 problem details: what was wrong, with which field, and never a stack."""

import json
import logging
import secrets
from typing import Any

from flask import Blueprint, Response, request
from pydantic import ValidationError
from pymongo.errors import PyMongoError
from redis import RedisError
from werkzeug.exceptions import HTTPException

from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Forbidden, Invalid, LeadlightError, Malformed, NotFound, Taken
from tracker.web.api.validation import errors_of, is_no_json

log = logging.getLogger(__name__)

_OURS: tuple[tuple[type[LeadlightError], int], ...] = (
    (TooManyTries, 429),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Malformed, 400),
    (DeliveryError, 502),
)
_TITLES = {
    400: "Not understood",
    401: "A key is needed",
    403: "Not for this role",
    404: "Not found",
    405: "Not this way",
    409: "Conflict",
    413: "Too large",
    415: "Not this kind of body",
    422: "A value will not do",
    429: "Too many",
    500: "Something went wrong here",
    502: "The mail server did not take it",
    503: "Not now",
}
_TEXTS = {
    400: "The request is not one that we can read.",
    404: "There is no such address in this API.",
    405: "This address does not take that method.",
    408: "The request took too long to arrive.",
    411: "The request does not say how long its body is.",
    413: "The body is larger than this call takes.",
    414: "The address is too long.",
    415: "This call does not take that kind of body.",
    429: "Too many requests came from here; wait a moment.",
    431: "The headers are too large.",
}
"""Errors of HTTP in our words, never in the framework's."""
_CODES = {"content_encoding": "Send the body as it is, without Content-Encoding."}
"""By the code of Malformed."""


class Unauthorized(LeadlightError):
    """No key, or one that does not work."""


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """The answer; `more` are further members such as `field`."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail, **more}
    return Response(json.dumps(body), status, headers, content_type="application/problem+json")


def install(blueprint: Blueprint) -> None:
    """Turns everything that a view may raise into an answer."""
    blueprint.register_error_handler(Unauthorized, _unauthorized)
    blueprint.register_error_handler(LeadlightError, _ours)
    blueprint.register_error_handler(ValidationError, _invalid)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(PyMongoError, _away)
    blueprint.register_error_handler(RedisError, _away)
    blueprint.register_error_handler(Exception, _unexpected)


def of_validation(error: ValidationError) -> Response:
    """422 naming every field that will not do; 400 for a body that is no JSON."""
    if is_no_json(error):
        return problem(400, "The body is not JSON that we can read.", code="json")
    found = errors_of(error)
    errors = [{"field": one.field, "text": one.text} for one in found]
    return problem(422, f"{found[0].field}: {found[0].text}", field=found[0].field, errors=errors)


def _invalid(error: Exception) -> Response:
    if not isinstance(error, ValidationError):
        raise error
    return of_validation(error)


def _unauthorized(error: Exception) -> Response:
    return problem(401, str(error), headers={"WWW-Authenticate": 'Bearer realm="Leadlight"'})


def _ours(error: Exception) -> Response:
    status = next((status for kind, status in _OURS if isinstance(error, kind)), 500)
    if isinstance(error, Invalid):
        return problem(status, f"{error.field}: {error}", field=error.field, errors=[{"field": error.field, "text": str(error)}])
    if isinstance(error, NotFound):
        return problem(status, "There is no such record in this workspace.")
    if isinstance(error, Taken):
        known: dict[str, Any] = {error.kind: error.record} if error.record else {}
        return problem(status, str(error), **known)
    headers = {"Retry-After": f"{error.seconds:.0f}"} if isinstance(error, TooManyTries) else None
    if isinstance(error, Malformed):
        return problem(status, _CODES.get(error.code, _TEXTS[400]), code=error.code)
    return problem(status, str(error), headers=headers)


def _http(error: Exception) -> Response:
    status = getattr(error, "code", None) or 500
    return problem(status, _TEXTS.get(status, "The request cannot be answered."))


def _away(error: Exception) -> Response:
    log.warning("a server is away", extra={"error": type(error).__name__, "path": request.path})
    return problem(503, "A part of Leadlight does not answer at the moment. Try again shortly.", headers={"Retry-After": "5"})


def _unexpected(error: Exception) -> Response:
    reference = secrets.token_hex(8)
    log.error("unexpected error", extra={"reference": reference, "path": request.path, "method": request.method}, exc_info=error)
    return problem(500, f"This is our mistake; it stands in the log as {reference}.", reference=reference)
