"""Operations: every call of the API declared once, with its schemas; routing and OpenAPI are both made from these."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from pydantic import BaseModel

from tracker.actions.deps import Deps
from tracker.actions.ops import audit
from tracker.base.time_zones import zone_of
from tracker.domain.ops.audit import Actor, AuditAction
from tracker.domain.team.rep import Rep
from tracker.domain.workspace.workspace import Workspace
from tracker.rules.visibility import Viewer
from tracker.store.store import WorkspaceStore
from tracker.web.api.schemas.base import List, Paged

SMALL, LARGE, FILE = 64 * 2**10, 8 * 2**20, 10 * 2**20 + 64 * 2**10
"""Bytes a request may have: most calls, messages, files."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that may be answered: who asks, in which workspace, with what."""

    deps: Deps
    workspace: Workspace
    rep: Rep | None
    """Whose key it is; empty: a program with an admin's rights."""
    credential: str
    """Tells keys and sessions apart, without being one."""
    by: Actor
    """Who stands in the audit log as having done it, and from where."""

    @property
    def viewer(self) -> Viewer:
        """The caller, as rules.visibility asks for them."""
        return Viewer(self.workspace, self.rep)

    @property
    def here(self) -> WorkspaceStore:
        """The repositories of the caller's workspace; nothing else can be reached."""
        return self.deps.store.of(self.workspace.id)

    @property
    def actor(self) -> str | None:
        """Who stands in logs as having done it."""
        return self.rep.id if self.rep else None

    @property
    def zone(self) -> tzinfo:
        """Whose days are meant where a request names a day: the rep's, else the workspace's."""
        return zone_of(self.rep.timezone if self.rep else None, self.workspace.timezone)

    def record(self, action: AuditAction, subject: str = "", **details: str) -> None:
        """Adds an entry to the audit log; the operation declares the action as `audit`."""
        audit.record(self.deps, self.workspace.id, action, self.by, subject, **details)


View = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. The view gets the Call, the parts of the path, and `body` and `query` where declared."""

    method: str
    path: str
    view: View
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    """Empty: no body (204), or a stream."""
    status: int = 200
    admin: bool = False
    audit: tuple[AuditAction, ...] = ()
    """What it may write to the audit log; a test compares this with what it writes."""
    file: bool = False
    """The body is a CSV file, as it is or as the part `file` of a form."""
    by_cookie: bool = False
    """A signed-in browser may call it too."""
    public: bool = False
    largest: int = SMALL
    guard: Callable[..., None] | None = None
    """Raises where this caller may not do it; takes what the view takes. Asked before the view, and before an answer is repeated."""
    may_repeat: Callable[[Call, dict[str, Any]], None] | None = None
    """Raises where the caller may no longer be told what an answer, kept for its Idempotency-Key, says."""

    @property
    def is_short_list(self) -> bool:
        """A list that the view makes whole: the API cuts its pages."""
        return self.method == "GET" and self.query is None and self.answer is not None and issubclass(self.answer, List)

    @property
    def asks(self) -> type[BaseModel] | None:
        """What its query may hold: every list is paged alike."""
        return self.query or (Paged if self.is_short_list else None)

    @property
    def name(self) -> str:
        """Its id in OpenAPI, and the endpoint's name."""
        return self.view.__name__

    @property
    def group(self) -> str:
        """The first part of the path."""
        return self.path.strip("/").partition("/")[0]


@dataclass(slots=True)
class Operations:
    """The operations of one module, in order."""

    all: list[Operation] = field(default_factory=list)

    def add(self, method: str, path: str, **more: Any) -> Callable[[View], View]:
        """Declares the decorated view; its docstring's first line is the summary."""

        def declare(view: View) -> View:
            summary = (view.__doc__ or "").strip().partition("\n")[0]
            self.all.append(Operation(method=method, path=path, view=view, summary=summary, **more))
            return view

        return declare
