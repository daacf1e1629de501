"""OPTIONS requests: the methods of a page. Installed first, because they need no session."""

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from tracker.web.api.paths import is_for_programs

_ANY = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def install(app: Flask) -> None:
    """Answers OPTIONS for all pages; the API does so itself."""
    app.before_request(_options)


def _options() -> Response | None:
    if request.method != "OPTIONS" or is_for_programs(request.path):
        return None
    if request.environ.get("RAW_URI") == "*":
        return Response(status=204, headers={"Allow": _ANY})
    if request.routing_exception is not None:
        return None
    answer = current_app.make_default_options_response()
    answer.status_code = 204
    answer.headers["Allow"] = ", ".join(sorted(answer.allow))
    return answer
