"""Authentication of API requests: by Bearer key or, for the live stream, by session cookie."""

from datetime import timedelta

from flask import Request

from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, sessions
from tracker.actions.team.sign_in_limits import TooManyTries
from tracker.base.errors import Forbidden
from tracker.base.network.client_addresses import client_key, parsed_address
from tracker.domain.ops.audit import Actor, ActorKind
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import is_admin, may_write
from tracker.web.api import cookies
from tracker.web.api.operations import Call, Operation
from tracker.web.api.problems import Unauthorized

_WINDOW = timedelta(minutes=15)
_MAX_FAILURES = 100
_NO_KEY = "Send the header `Authorization: Bearer <key>`; create a key with `leadlight key new`."


def identify(deps: Deps, request: Request, operation: Operation) -> Call:
    """The caller. Raises Unauthorized, Forbidden for operations of admins, and TooManyTries after many invalid keys."""
    call = _authenticate_key(deps, request) or (_authenticate_session(deps, request) if operation.allows_session else None)
    if call is None:
        raise Unauthorized(_NO_KEY)
    if operation.admin and not is_admin(call.viewer):
        raise Forbidden("only admins of this workspace may do this, with a key of the scope admin")
    if operation.method != "GET" and not may_write(call.viewer):
        raise Forbidden("this key may only read; create one with the scope write")
    return call


def identify_key(deps: Deps, request: Request) -> Call:
    """The caller by its Bearer key. Raises Unauthorized, and TooManyTries after many invalid keys."""
    call = _authenticate_key(deps, request)
    if call is None:
        raise Unauthorized(_NO_KEY)
    return call


def bearer_key(request: Request) -> str | None:
    """The Bearer key of the request, valid or not."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def session_token(deps: Deps, request: Request) -> str:
    """The token in the browser's session cookie; empty without one."""
    return cookies.parsed(request.headers.get("Cookie", "")).get(cookies.full_name(deps.settings, cookies.SESSION), "")


def _authenticate_key(deps: Deps, request: Request) -> Call | None:
    text = bearer_key(request)
    if text is None:
        return None
    key = api_keys.find(deps, text)
    workspace = deps.store.workspaces.find(key.workspace) if key else None
    rep = deps.store.of(key.workspace).reps.find(key.rep) if key and key.rep else None
    if key is None or workspace is None or (key.rep and (rep is None or not rep.is_active)):
        _count_failure(deps, request)
        raise Unauthorized("This key is not valid: it was removed, has expired, or may be mistyped.")
    by = Actor(kind=ActorKind.KEY, id=key.id, name=key.name, address=client_address(deps, request))
    return Call(deps, workspace, rep, f"key:{key.id}", by, key.scope)


def _authenticate_session(deps: Deps, request: Request) -> Call | None:
    token = session_token(deps, request)
    found = sessions.find(deps, token) if token else None
    if found is None:
        return None
    session, rep = found
    workspace: Workspace | None = deps.store.workspaces.find(session.workspace)
    by = Actor(kind=ActorKind.REP, id=rep.id, name=rep.name, address=client_address(deps, request))
    return Call(deps, workspace, rep, f"session:{session.id}", by) if workspace else None


def _count_failure(deps: Deps, request: Request) -> None:
    """Counts invalid keys per address. A valid key is never rejected because of them."""
    name = f"key-from:{client_address(deps, request)}"
    if deps.store.rate_limits.count(name, deps.now(), _WINDOW) > _MAX_FAILURES:
        raise TooManyTries("too many invalid keys from this address; wait 15 minutes")


def client_address(deps: Deps, request: Request) -> str:
    """The client's IP address, for IPv6 its /64. X-Forwarded-For counts only from TRUSTED_PROXIES."""
    found = request.remote_addr or ""
    hops = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    for hop in reversed(hops):
        peer = parsed_address(found)
        if peer is None or not any(peer in net for net in deps.settings.trusted_proxies if net.version == peer.version):
            break
        found = hop
    return client_key(found)
