"""Operations of the API, each declared once with its schemas. Routing and OpenAPI are generated from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from pydantic import BaseModel

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.base.time_zones import zone_of
from tracker.domain.ops.audit import Actor, AuditAction
from tracker.domain.team.api_key import KeyScope
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Viewer
from tracker.store.store import WorkspaceStore
from tracker.web.api.schemas.base import List, Paged

MAX_BODY, MAX_MESSAGE, MAX_FILE, MAX_IMPORT = 64 * 2**10, 8 * 2**20, 10 * 2**20 + 64 * 2**10, 50 * 2**20 + 64 * 2**10
"""Maximum size of a request body in bytes: of most operations, of messages, of files, and of those imported in the background."""


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated request: its workspace, its caller and their credential."""

    deps: Deps
    workspace: Workspace
    rep: Rep | None
    """The owner of the key; None for a key of the workspace, which sees all leads."""
    credential: str
    """Name of the key or session, not its secret."""
    audit_actor: Actor
    """The actor of audit log entries, with their address."""
    key_scope: KeyScope = KeyScope.ADMIN

    @property
    def viewer(self) -> Viewer:
        """The caller, as rules.visibility takes them."""
        return Viewer(self.workspace, self.rep, self.key_scope)

    @property
    def store(self) -> WorkspaceStore:
        """The repositories of the caller's workspace."""
        return self.deps.store.of(self.workspace.id)

    @property
    def rep_id(self) -> str | None:
        """The caller's id in event and move logs."""
        return self.rep.id if self.rep else None

    @property
    def timezone(self) -> tzinfo:
        """The time zone for days in requests: the rep's, else the workspace's."""
        return zone_of(self.rep.timezone if self.rep else None, self.workspace.timezone)

    def record(self, action: AuditAction, subject: str = "", **details: str) -> None:
        """Adds an entry to the audit log; the operation declares the action as `audit`."""
        audit.record(self.deps, self.workspace.id, action, self.audit_actor, subject, **details)


View = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. The view takes the Call, the path parameters, and `body` and `query` if declared."""

    method: str
    path: str
    view: View
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    """None: no body (204), or what `returns` and `media_type` say."""
    returns: str = "A stream"
    media_type: str = "text/event-stream"
    status: int = 200
    admin: bool = False
    audit: tuple[AuditAction, ...] = ()
    """Audit log actions of this operation; a test compares them with the entries it writes."""
    file: bool = False
    """The body is a CSV file, either raw or as the form field `file`."""
    allows_session: bool = False
    """Also accepts the session cookie of a signed-in browser."""
    max_body: int = MAX_BODY
    authorize: Callable[..., None] | None = None
    """Raises if the caller may not do this. Takes the view's arguments; called before the view and before a stored response is repeated."""
    authorize_replay: Callable[[Call, dict[str, Any]], None] | None = None
    """Raises if the caller may no longer see the response stored for an Idempotency-Key."""
    again: Callable[[Call, str], BaseModel] | None = None
    """Makes the response of a repeated request from the record's id, where it holds a secret: only the id is stored for an Idempotency-Key."""

    @property
    def is_short_list(self) -> bool:
        """Whether the view returns a complete list, which the API splits into pages."""
        return self.method == "GET" and self.query is None and self.response is not None and issubclass(self.response, List)

    @property
    def query_model(self) -> type[BaseModel] | None:
        """The schema of the query; complete lists take that of a page."""
        return self.query or (Paged if self.is_short_list else None)

    @property
    def name(self) -> str:
        """The operationId in OpenAPI and the endpoint's name."""
        return self.view.__name__

    @property
    def group(self) -> str:
        """The first segment of the path."""
        return self.path.strip("/").partition("/")[0]


@dataclass(slots=True)
class Operations:
    """The operations of one module in declaration order."""

    all: list[Operation] = field(default_factory=list)

    def add(self, method: str, path: str, **more: Any) -> Callable[[View], View]:
        """Declares the decorated view as an operation; the first line of its docstring is the summary."""

        def declare(view: View) -> View:
            summary = (view.__doc__ or "").strip().partition("\n")[0]
            self.all.append(Operation(method=method, path=path, view=view, summary=summary, **more))
            return view

        return declare
