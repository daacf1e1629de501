"""Errors as RFC 9457 problem details, without stack traces."""

import json
import logging
import secrets
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from pydantic import ValidationError
from pymongo.errors import PyMongoError
from redis import RedisError
from werkzeug.exceptions import HTTPException

from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Conflict, DeliveryError, Forbidden, Invalid, LeadlightError, Malformed, NotFound, Taken
from tracker.web.api.validation import errors_of, is_malformed_json

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[LeadlightError], int], ...] = (
    (TooManyTries, 429),
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (Invalid, 422),
    (Malformed, 400),
    (DeliveryError, 502),
)
_TEXTS = {
    400: "The request is malformed.",
    404: "This API has no such URL.",
    405: "This URL does not accept that method.",
    406: "This operation answers with JSON; accept application/json.",
    408: "The request took too long to arrive.",
    411: "The request has no Content-Length.",
    413: "The body exceeds the limit of this operation.",
    414: "The URL is too long.",
    415: "This operation does not accept that media type.",
    429: "Too many requests from this client; wait a moment.",
    431: "The headers are too large.",
}
"""Details of HTTP errors, in place of the framework's texts."""
_CODES = {"content_encoding": "Send the body without Content-Encoding."}
"""Details by the code of Malformed."""


class Unauthorized(LeadlightError):
    """The request has no valid key."""


def _title(status: int) -> str:
    """The HTTP status phrase, as RFC 9457 recommends for `about:blank`."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def problem(status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A problem response; `more` are further members such as `field`."""
    body = {"type": "about:blank", "title": _title(status), "status": status, "detail": detail, **more}
    return Response(json.dumps(body), status, headers, content_type="application/problem+json")


def install(blueprint: Blueprint) -> None:
    """Registers the handlers that turn exceptions of views into problem responses."""
    blueprint.register_error_handler(Unauthorized, _unauthorized)
    blueprint.register_error_handler(LeadlightError, _leadlight_error)
    blueprint.register_error_handler(ValidationError, _invalid)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(PyMongoError, _unavailable)
    blueprint.register_error_handler(RedisError, _unavailable)
    blueprint.register_error_handler(Exception, _unexpected)


def of_validation(error: ValidationError) -> Response:
    """422 with every invalid field, or 400 for a body that is not JSON."""
    if is_malformed_json(error):
        return problem(400, "The body is not JSON.", code="json")
    found = errors_of(error)
    errors = [{"field": one.field, "text": one.text} for one in found]
    return problem(422, f"{found[0].field}: {found[0].text}", field=found[0].field, errors=errors)


def _invalid(error: Exception) -> Response:
    if not isinstance(error, ValidationError):
        raise error
    return of_validation(error)


def _unauthorized(error: Exception) -> Response:
    return problem(401, str(error), headers={"WWW-Authenticate": 'Bearer realm="Leadlight"'})


def _leadlight_error(error: Exception) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, Invalid):
        return problem(status, f"{error.field}: {error}", field=error.field, errors=[{"field": error.field, "text": str(error)}])
    if isinstance(error, NotFound):
        return problem(status, "There is no such record in this workspace.")
    if isinstance(error, Taken):
        conflict: dict[str, Any] = {error.kind: error.record} if error.record else {}
        return problem(status, str(error), **conflict)
    headers = {"Retry-After": f"{error.seconds:.0f}"} if isinstance(error, TooManyTries) else None
    if isinstance(error, Malformed):
        return problem(status, _CODES.get(error.code, _TEXTS[400]), code=error.code)
    return problem(status, str(error), headers=headers)


def _http(error: Exception) -> Response:
    status = getattr(error, "code", None) or 500
    return problem(status, _TEXTS.get(status, "The request cannot be answered."))


def _unavailable(error: Exception) -> Response:
    log.warning("server unavailable", extra={"error": type(error).__name__, "path": request.path})
    return problem(503, "Part of Leadlight is temporarily unavailable. Try again shortly.", headers={"Retry-After": "5"})


def _unexpected(error: Exception) -> Response:
    reference = secrets.token_hex(8)
    log.error("unexpected error", extra={"reference": reference, "path": request.path, "method": request.method}, exc_info=error)
    return problem(500, f"Internal error; see the server log for reference {reference}.", reference=reference)
