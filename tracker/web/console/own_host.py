"""The host check: the console answers at PUBLIC_URL and at names of this machine alone. Installed before all other checks.

Health checks are answered at an address, too: a load balancer and `leadlight up` ask each host of several by its own. A page of an
attacker that makes its name point here asks by that name, never by an address.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, abort, request
from werkzeug.exceptions import SecurityError

from tracker.web.console.auth import deps

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_HEALTH = frozenset({"/healthz", "/readyz"})
_LONGEST = 100


def install(app: Flask) -> None:
    """Registers the check. Flask's own, TRUSTED_HOSTS, knows no IPv6 addresses and does not say what to do."""
    app.before_request(_check)


def address_hint() -> str:
    """What to do where a request did not come by PUBLIC_URL."""
    url = deps().settings.public_url
    return f"Open {url}, or set PUBLIC_URL to the address that you use, and restart Leadlight."


def _check() -> None:
    try:
        name = urlsplit(f"//{request.host}").hostname or ""
    except (SecurityError, ValueError):
        name = ""
    if name in _LOCAL or (name and name == urlsplit(deps().settings.public_url).hostname):
        return
    if request.path in _HEALTH and _is_address(name):
        return
    asked = request.headers.get("Host", "")[:_LONGEST]
    abort(400, f"Leadlight is set up for {deps().settings.public_url} (setting PUBLIC_URL), but was asked for “{asked}”. {address_hint()}")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
