"""The console's cookies: `__Host-` and Secure when the console is reached by https, plain names on http://localhost."""

from typing import cast

from flask import Request, current_app
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.utils import cached_property
from werkzeug.wrappers import Response

from tracker.base.settings import Settings
from tracker.web.api.cookies import FORM, SESSION, full_name, is_secure, parsed

__all__ = ["FORM", "SESSION", "ConsoleRequest", "drop", "full_name", "is_secure", "read", "write"]


class ConsoleRequest(Request):
    """A request whose cookies `parsed` reads, for this package and for Flask."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """By name, without duplicates."""
        return parsed(self.headers.get("Cookie", ""))


def read(request: Request, name: str) -> str | None:
    """The cookie's value, or None if it is missing or sent twice."""
    deps = current_app.extensions["leadlight"]
    return request.cookies.get(full_name(cast("Settings", deps.settings), name))


def write(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None = None) -> None:
    """Sets a host-only, HttpOnly cookie. Without `seconds`, it ends with the browser session."""
    secure = is_secure(settings)
    response.set_cookie(full_name(settings, name), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def drop(response: Response, settings: Settings, name: str) -> None:
    """Removes it."""
    response.delete_cookie(full_name(settings, name), path="/", secure=is_secure(settings), httponly=True, samesite="Lax")
