"""The console's cookies: `__Host-` and Secure when the console is reached by https, plain names on http://localhost."""

from typing import cast

from flask import Request, current_app
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.utils import cached_property
from werkzeug.wrappers import Response

from tracker.base.settings import Settings
from tracker.web.api.cookies import FORM, SESSION, full_name, is_secure, parsed

__all__ = ["FORM", "SESSION", "StrictRequest", "drop", "full_name", "is_secure", "read", "write"]


class StrictRequest(Request):
    """A request whose cookies are read by `parsed`, for us and for Flask."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """By name; without those that come twice."""
        return parsed(self.headers.get("Cookie", ""))


def read(request: Request, name: str) -> str | None:
    """The cookie, under the only name that this installation uses; nothing where it comes twice."""
    deps = current_app.extensions["leadlight"]
    return request.cookies.get(full_name(cast("Settings", deps.settings), name))


def write(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None = None) -> None:
    """Sets it for this host alone, unreadable by scripts; `seconds` empty: until the browser closes."""
    secure = is_secure(settings)
    response.set_cookie(full_name(settings, name), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def drop(response: Response, settings: Settings, name: str) -> None:
    """Removes it."""
    response.delete_cookie(full_name(settings, name), path="/", secure=is_secure(settings), httponly=True, samesite="Lax")
