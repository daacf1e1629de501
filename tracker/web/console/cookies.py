"""The console's cookies: `__Host-` and Secure when the console is reached by https, plain names on http://localhost."""

from flask import Request
from werkzeug.wrappers import Response

from tracker.base.settings import Settings

SESSION = "ll_session"
"""The session's secret."""
FORM = "ll_form"
"""A random value that ties forms shown before sign-in to this browser."""


def is_secure(settings: Settings) -> bool:
    """Whether reps come by https, so that cookies may be bound to it."""
    return settings.public_url.startswith("https://")


def read(request: Request, name: str) -> str | None:
    """The cookie, under whichever of its two names this installation uses."""
    return request.cookies.get(f"__Host-{name}") or request.cookies.get(name)


def write(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None = None) -> None:
    """Sets it for this host alone, unreadable by scripts; `seconds` empty: until the browser closes."""
    secure = is_secure(settings)
    full = f"__Host-{name}" if secure else name
    response.set_cookie(full, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def drop(response: Response, settings: Settings, name: str) -> None:
    """Removes it."""
    secure = is_secure(settings)
    full = f"__Host-{name}" if secure else name
    response.delete_cookie(full, path="/", secure=secure, httponly=True, samesite="Lax")
