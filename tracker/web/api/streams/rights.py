"""The rights of an open stream: which messages it may carry, from the current rep, role and sharing policy."""

from collections.abc import Callable, Sequence

from tracker.actions.deps import Deps
from tracker.actions.team import api_keys, sessions
from tracker.domain.activity.event_payload import EventPayload
from tracker.domain.activity.presence import Presence
from tracker.domain.alerting.payload import AlertPayload, AlertUnsure
from tracker.domain.live_message import lead_of
from tracker.rules.visibility import Viewer, is_admin, may_receive, scope
from tracker.web.api.streams.message import StreamMessage
from tracker.web.api.streams.subscriber import Check, MessageFilter

KINDS = frozenset({"presence", "event", "alert", "withdrawn"})
"""Kinds of messages for clients. All other kinds on the live bus are internal."""
CONSOLE_KINDS = KINDS | {"unsure", "lost", "found"}
"""Kinds of messages on the console's own stream: also alerts that are not confirmed, and whether Redis is available."""


def continues(now: Viewer, first: Viewer) -> bool:
    """Whether workspace and rep are the same and admin rights remain."""
    is_same = now.workspace.id == first.workspace.id and (now.rep and now.rep.id) == (first.rep and first.rep.id)
    return is_same and (is_admin(now) or not is_admin(first))


Credential = Callable[[], Viewer | None]
"""Reads a key or session from the store; None if it is no longer valid. Raises PyMongoError."""


def key_credential(deps: Deps, text: str) -> Credential:
    """The credential of an API key."""

    def read() -> Viewer | None:
        key = api_keys.find(deps, text)
        workspace = deps.store.workspaces.find(key.workspace) if key else None
        if key is None or workspace is None:
            return None
        rep = deps.store.of(key.workspace).reps.find(key.rep) if key.rep else None
        return None if key.rep and (rep is None or not rep.is_active) else Viewer(workspace, rep, key.scope)

    return read


def session_credential(deps: Deps, token: str) -> Credential:
    """The credential of a browser session. Reading it does not extend the session."""

    def read() -> Viewer | None:
        found = sessions.look(deps, token)
        workspace = deps.store.workspaces.find(found[0].workspace) if found else None
        return Viewer(workspace, found[1]) if found and workspace else None

    return read


def make_check(deps: Deps, first: Viewer, credential: Credential, *, kinds: frozenset[str] = KINDS, is_browser: bool = False) -> Check:
    """The authorization check of a stream that was opened with the rights of `first`.

    The stream ends when the credential is invalid, belongs to another workspace or rep, or has lost admin rights.
    The client may reconnect with its current rights. `is_browser`: see `filter_messages`.
    """

    def check() -> MessageFilter | None:
        now = credential()
        if now is None or not continues(now, first):
            return None
        return lambda messages: filter_messages(deps, now, messages, kinds=kinds, is_browser=is_browser)

    return check


def filter_messages(
    deps: Deps, viewer: Viewer, messages: Sequence[StreamMessage], *, kinds: frozenset[str] = KINDS, is_browser: bool = False
) -> list[StreamMessage | None]:
    """Each message, or None if `rules.visibility` hides it from the viewer; leads are read in their current state.

    A browser gets only its rep's and the team's alerts, even for an admin. If the rep sees only some leads, messages about
    anonymous visitors arrive without data.
    """
    is_restricted = scope(viewer) is not None
    lead_ids = {lead_of(message.content) for message in messages} - {""} if is_restricted else set()
    leads = deps.store.of(viewer.workspace.id).leads.by_ids(lead_ids)

    def allowed(message: StreamMessage) -> StreamMessage | None:
        content = message.content
        if message.kind not in kinds:
            return None
        if content is None:
            return message
        is_own_only = is_restricted or is_browser
        if (
            isinstance(content, AlertPayload | AlertUnsure)
            and is_own_only
            and content.rep not in (viewer.rep.id if viewer.rep else None, None)
        ):
            return None
        if may_receive(viewer, content, leads.get(lead_of(content))):
            return message
        is_anonymous = isinstance(content, Presence | EventPayload) and not content.lead
        return message._replace(content=None) if is_browser and is_anonymous else None

    return [allowed(message) for message in messages]
