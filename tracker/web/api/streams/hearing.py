"""What an open stream may hear, and whether it may still hear anything: decided from rep, role and policy as they stand now."""

from collections.abc import Callable, Sequence

from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, sessions
from tracker.domain.activity.event_payload import EventPayload
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.payload import AlertPayload
from tracker.domain.live_message import lead_of
from tracker.rules.visibility import Viewer, is_admin, may_receive, scope
from tracker.web.api.streams.message import StreamMessage
from tracker.web.api.streams.watcher import Check, Sieve

KINDS = frozenset({"presence", "event", "alert", "withdrawn"})
"""What the bus tells of a workspace. All other kinds are for our own processes."""
STATE_KINDS = frozenset({"lost", "found"})
"""Whether Redis answers; the console's own stream tells that too."""


def continues(now: Viewer, first: Viewer) -> bool:
    """Whether this is the same workspace and rep, with no fewer rights."""
    is_same = now.workspace.id == first.workspace.id and (now.rep and now.rep.id) == (first.rep and first.rep.id)
    return is_same and (is_admin(now) or not is_admin(first))


Credential = Callable[[], Viewer | None]
"""Reads a key or a session anew; nothing once it no longer works. Raises PyMongoError."""


def of_key(deps: Deps, text: str) -> Credential:
    """The rights of this API key."""

    def read() -> Viewer | None:
        key = api_keys.find(deps, text)
        workspace = deps.store.workspaces.find(key.workspace) if key else None
        if key is None or workspace is None:
            return None
        rep = deps.store.of(key.workspace).reps.find(key.rep) if key.rep else None
        return None if key.rep and (rep is None or not rep.is_active) else Viewer(workspace, rep)

    return read


def of_session(deps: Deps, token: str) -> Credential:
    """The right of the browser with this session token. Reading it is no use of the session: it expires as if no stream were open."""

    def read() -> Viewer | None:
        found = sessions.look(deps, token)
        workspace = deps.store.workspaces.find(found[0].workspace) if found else None
        return Viewer(workspace, found[1]) if found and workspace else None

    return read


def check_of(deps: Deps, first: Viewer, credential: Credential, *, kinds: frozenset[str] = KINDS, is_browser: bool = False) -> Check:
    """The check of a stream that was opened with the rights of `first`.

    The stream ends once the credential is gone, belongs to another workspace or rep, or has lost an admin's rights;
    the client may come back and is then answered by what it has. `is_browser`: see `heard`.
    """

    def check() -> Sieve | None:
        now = credential()
        if now is None or not continues(now, first):
            return None
        return lambda messages: heard(deps, now, messages, kinds=kinds, is_browser=is_browser)

    return check


def heard(
    deps: Deps, viewer: Viewer, messages: Sequence[StreamMessage], *, kinds: frozenset[str] = KINDS, is_browser: bool = False
) -> list[StreamMessage | None]:
    """Of each message what the viewer may hear of it; `rules.visibility` decides, from leads as they are now.

    A browser shows its rep's alerts and the team's, also to an admin. Of visitors whose lead is not known it learns that something
    changed and no more, where the rep sees only some leads.
    """
    is_narrowed = scope(viewer) is not None
    wanted = {lead_of(message.content) for message in messages} - {""} if is_narrowed else set()
    leads = deps.store.of(viewer.workspace.id).leads.by_ids(wanted)

    def of(message: StreamMessage) -> StreamMessage | None:
        content = message.content
        if message.kind not in kinds:
            return None
        if content is None:
            return message
        is_own_only = is_narrowed or is_browser
        if isinstance(content, AlertPayload) and is_own_only and content.rep not in (viewer.rep.id if viewer.rep else None, None):
            return None
        if may_receive(viewer, content, leads.get(lead_of(content))):
            return message
        is_anonymous = isinstance(content, Presence | EventPayload) and not content.lead
        return message._replace(content=None) if is_browser and is_anonymous else None

    return [of(message) for message in messages]
