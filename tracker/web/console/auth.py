"""Authentication: the signed-in rep and workspace of a request.

Views need a signed-in rep unless marked `@public`; `@admin` ones need the admin role. A session belongs to one rep of one
workspace at a time, so `workspace_store()` reaches only that workspace's records.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from tracker.actions.deps import Deps
from tracker.actions.team import sessions
from tracker.actions.team.secrets import hash_of
from tracker.base.errors import Forbidden
from tracker.domain.ops.audit import Actor, ActorKind
from tracker.domain.team.rep import Rep
from tracker.domain.team.session import Session
from tracker.domain.workspace.workspace import Workspace
from tracker.rules import visibility
from tracker.rules.visibility import Owners, Viewer
from tracker.store.store import WorkspaceStore
from tracker.web.api.auth import client_address
from tracker.web.api.paths import is_for_programs
from tracker.web.console import cookies

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The signed-in rep with workspace and session."""

    rep: Rep
    workspace: Workspace
    session: Session

    @property
    def viewer(self) -> Viewer:
        """The rep as rules.visibility expects it."""
        return Viewer(self.workspace, self.rep)

    @property
    def is_admin(self) -> bool:
        """Whether the rep may change settings, reps, sites, rules and keys."""
        return visibility.is_admin(self.viewer)

    @property
    def sees_costs(self) -> bool:
        """Whether the rep may see what was spent."""
        return visibility.may_see_costs(self.viewer)

    @property
    def scope(self) -> Owners | None:
        """The owners whose leads the rep sees (LeadQuery.visible_to), or None for all leads."""
        return visibility.scope(self.viewer)


def deps() -> Deps:
    """The process's dependencies."""
    return cast("Deps", current_app.extensions["leadlight"])


def current_user() -> CurrentUser:
    """The signed-in user. Only for views that are not `@public`."""
    found = find_current_user()
    if found is None:
        raise Forbidden("sign in first")
    return found


def find_current_user() -> CurrentUser | None:
    """The signed-in user or None; loaded once per request."""
    if "current_user" not in g:
        g.current_user = _load_current_user(cookies.read(request, cookies.SESSION))
    return cast("CurrentUser | None", g.current_user)


def workspace_store() -> WorkspaceStore:
    """The repositories of the signed-in rep's workspace."""
    return deps().store.of(current_user().workspace.id)


def actor() -> Actor:
    """The signed-in rep with IP address, for the audit log."""
    rep = current_user().rep
    return Actor(kind=ActorKind.REP, id=rep.id, name=rep.name, address=client_address(deps(), request))


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that needs no sign-in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def admin(view: Callable[P, R]) -> Callable[P, R]:
    """Marks a view that needs the admin role."""
    view.is_admin = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Guards every view, and provides `current_user` to every template."""
    app.before_request(_guard)
    app.context_processor(_for_templates)


def _for_templates() -> dict[str, object]:
    try:
        found = find_current_user()
    except PyMongoError:  # error pages must render while MongoDB is away
        found = None
    return {
        "current_user": found,
        "other_workspaces": other_workspaces,
        "stream_key": lambda: hash_of(found.session.id)[:16] if found else "",
    }


def _guard() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, "is_public", False) or is_for_programs(request.path):
        return None
    found = find_current_user()
    if found is None and _is_script():
        raise Unauthorized
    if found is None:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(f"/sign-in?{urlencode({'next': wanted})}" if wanted != "/" else "/sign-in", 303)
    if getattr(view, "is_admin", False) and not found.is_admin:
        raise Forbidden("Only admins of this workspace can open this page.")
    return None


def _is_script() -> bool:
    """Whether one of our scripts sent the request (js/parts/http.js, stream.js), which cannot follow a redirect to sign-in."""
    return request.headers.get("X-Requested-With") == "fetch" or "text/event-stream" in request.headers.get("Accept", "")


def _load_current_user(token: str | None) -> CurrentUser | None:
    found = sessions.find(deps(), token, address=client_address(deps(), request)) if token else None
    if found is None:
        return None
    session, rep = found
    workspace = deps().store.workspaces.find(rep.workspace)
    return CurrentUser(rep, workspace, session) if workspace else None


def other_workspaces() -> list[Workspace]:
    """The other workspaces of this person (`sessions.places`)."""
    others = [rep.workspace for rep in sessions.places(deps(), current_user().session)]
    return [w for w in map(deps().store.workspaces.find, others) if w]
