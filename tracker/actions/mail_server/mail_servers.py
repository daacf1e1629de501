"""The mail server of a workspace, checked before it is stored, so a failing one never replaces a working one. Called by the console."""

from typing import cast

import msgspec

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.team.sign_in_limits import WINDOW, TooManyTries
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.base.network.host_names import ascii_host
from tracker.domain.workspace.mail_server import MailServer, Security
from tracker.domain.workspace.workspace import Workspace
from tracker.mail import smtp
from tracker.mail.routes import Route, hello_of, mail_resolver, route_of

_HIGHEST_PORT = 65535
_LONGEST = 256
_MOST_CHECKS = 30
"""Checks of a workspace's mail server per 15 minutes."""
_PORTS = {"tls": 465, "starttls": 587}


def set_mail_server(deps: Deps, workspace: str, *, host: str, port: str, security: str, user: str, password: str) -> Workspace:
    """Connects, signs in, and then stores the server. Without `port`, the default port is used.

    An empty password keeps the one that is set, but only for the same host, port, security and user: it is never sent anywhere else.
    Raises Forbidden for the demo, Invalid for a value that will not do, DeliveryError where the server does not let us in, TooManyTries;
    all of them leave the former server as it was.
    """
    found = changeable_workspace(deps, workspace)
    server = _read(host=host, port=port, security=security, user=user, password=password)
    if not server.password:
        server = _with_password_of(found.mail_server, server)
    if server == found.mail_server and found.mail_sign_in is None:
        return check_mail_server(deps, workspace)
    _check(deps, workspace, Route(server, is_trusted=False, hello=hello_of(deps.settings)))
    return deps.store.workspaces.change(workspace, mail_server=server, mail_sign_in=None, smtp_checked_at=deps.now())


def check_mail_server(deps: Deps, workspace: str) -> Workspace:
    """Connects to the configured server of the workspace or the instance, signs in, and records the time.

    Raises Invalid where none is set, DeliveryError where it does not let us in: then the note is taken back.
    """
    found = deps.store.workspaces.get(workspace)
    route = route_of(found, deps.settings)
    if route is None:
        raise Invalid("host", "must be the name of your mail server, such as mail.example.com")
    try:
        _check(deps, workspace, route)
    except DeliveryError:
        deps.store.workspaces.change(workspace, smtp_checked_at=None)
        raise
    return deps.store.workspaces.change(workspace, smtp_checked_at=deps.now())


def remove_mail_server(deps: Deps, workspace: str) -> Workspace:
    """Removes the workspace's server; SMTP_URL applies then. Raises Forbidden for the demo."""
    changeable_workspace(deps, workspace)
    return deps.store.workspaces.change(workspace, mail_server=None, mail_sign_in=None, mail_sign_in_wanted=None, smtp_checked_at=None)


def _check(deps: Deps, workspace: str, route: Route) -> None:
    """Raises DeliveryError, and TooManyTries above the limit of checks."""
    count_check(deps, workspace)
    smtp.check(route, mail_resolver(deps.settings))


def count_check(deps: Deps, workspace: str) -> None:
    """Raises TooManyTries above the limit of checks."""
    if deps.store.rate_limits.count(f"mail-server:{workspace}", deps.now(), WINDOW) > _MOST_CHECKS:
        raise TooManyTries("The mail server was checked too often. Wait 15 minutes.")


def changeable_workspace(deps: Deps, workspace: str) -> Workspace:
    """The workspace. Raises Forbidden for the demo."""
    found = deps.store.workspaces.get(workspace)
    if found.is_demo:
        raise Forbidden("The demo sends email to the demo inbox. Its mail server cannot be changed.")
    return found


def _read(*, host: str, port: str, security: str, user: str, password: str) -> MailServer:
    """The validated server. Raises Invalid with the field."""
    checked: Security = cast("Security", checks.one_of("security", security, tuple(_PORTS)))
    try:
        name = ascii_host(host.strip())
    except ValueError:
        raise Invalid("host", "must be only the name of your mail server, such as mail.example.com") from None
    number = port.strip() or str(_PORTS[checked])
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(_HIGHEST_PORT)) and 1 <= int(number) <= _HIGHEST_PORT):
        raise Invalid("port", f"must be a number from 1 to {_HIGHEST_PORT}; mail servers use 587 or 465")
    server = MailServer(host=name, port=int(number), security=checked, user=user.strip(), password=password)
    for field, text in (("user", server.user), ("password", password)):
        if len(text) > _LONGEST or not text.isascii() or not (text.isprintable()):
            raise Invalid(field, f"must be ASCII letters, digits and signs, {_LONGEST} at most")
    if password and not server.user:
        raise Invalid("user", "must be given with a password")
    return server


def _with_password_of(former: MailServer | None, server: MailServer) -> MailServer:
    if not server.user:
        return server
    same = former and msgspec.structs.replace(former, password="") == server
    if not (former and same and former.password):
        raise Invalid("password", "must be entered again when host, port, encryption or user change")
    return former
