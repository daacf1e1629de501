"""Who asks: a program with a Bearer key, or, for the live stream, a signed-in browser."""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import Request

from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, sessions
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Forbidden
from tracker.domain.ops.audit import Actor, ActorKind
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import is_admin
from tracker.web.api import cookies
from tracker.web.api.operations import Call, Operation
from tracker.web.api.problems import Unauthorized

_WINDOW = timedelta(minutes=15)
_MOST = 100


def identify(deps: Deps, request: Request, operation: Operation) -> Call:
    """The caller. Raises Unauthorized; Forbidden where only admins may; TooManyTries after many keys that do not work."""
    call = _by_key(deps, request) or (_by_cookie(deps, request) if operation.by_cookie else None)
    if call is None:
        raise Unauthorized("Send the header `Authorization: Bearer <key>`; `leadlight key new` makes a key.")
    if operation.admin and not is_admin(call.viewer):
        raise Forbidden("only admins of this workspace may do this")
    return call


def key_text(request: Request) -> str | None:
    """The Bearer key that the request carries, whether it works or not."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def session_token(deps: Deps, request: Request) -> str:
    """The token in the browser's session cookie; empty without one."""
    return cookies.parsed(request.headers.get("Cookie", "")).get(cookies.full_name(deps.settings, cookies.SESSION), "")


def _by_key(deps: Deps, request: Request) -> Call | None:
    text = key_text(request)
    if text is None:
        return None
    key = api_keys.find(deps, text)
    workspace = deps.store.workspaces.find(key.workspace) if key else None
    rep = deps.store.of(key.workspace).reps.find(key.rep) if key and key.rep else None
    if key is None or workspace is None or (key.rep and (rep is None or not rep.is_active)):
        _count(deps, request)
        raise Unauthorized("This key does not work: it was removed, or has a slip in it.")
    by = Actor(kind=ActorKind.KEY, id=key.id, name=key.name, address=client_address(deps, request))
    return Call(deps, workspace, rep, f"key:{key.id}", by)


def _by_cookie(deps: Deps, request: Request) -> Call | None:
    token = session_token(deps, request)
    found = sessions.find(deps, token) if token else None
    if found is None:
        return None
    session, rep = found
    workspace: Workspace | None = deps.store.workspaces.find(session.workspace)
    by = Actor(kind=ActorKind.REP, id=rep.id, name=rep.name, address=client_address(deps, request))
    return Call(deps, workspace, rep, f"session:{session.id}", by) if workspace else None


def _count(deps: Deps, request: Request) -> None:
    """A key that works is never refused for what others tried from the same address."""
    name = f"key-from:{client_address(deps, request)}"
    if deps.store.rate_limits.count(name, deps.now(), _WINDOW) > _MOST:
        raise TooManyTries("too many keys that do not work came from this address; wait a quarter of an hour")


def client_address(deps: Deps, request: Request) -> str:
    """Where the request comes from; only TRUSTED_PROXIES may speak for a client. IPv6 is cut to its /64."""
    found = request.remote_addr or ""
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    for hop in reversed(hops):
        here = _parsed(found)
        if here is None or not any(here in net for net in deps.settings.trusted_proxies if net.version == here.version):
            break
        found = hop
    parsed = _parsed(found)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed or "")


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address; one that a dual-stack socket calls `::ffff:192.0.2.1` is the IPv4 address that it is."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
