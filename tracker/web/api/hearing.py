"""What an open stream may hear, and whether it may still hear anything: decided from rep, role and policy as they stand now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracker.actions import keys, sessions
from tracker.actions.deps import Deps
from tracker.domain.reps import Rep, Role
from tracker.domain.workspaces import Workspace
from tracker.rules.visibility import may_see, sees_all
from tracker.web.api.watcher import Check, Message, Sieve

KINDS = frozenset({"presence", "event", "alert", "withdrawn"})
"""What the bus tells of a workspace. All other kinds are for our own processes."""
STATE_KINDS = frozenset({"lost", "found"})
"""Whether Redis answers; the console's own stream tells that too."""


@dataclass(frozen=True, slots=True)
class Right:
    """On whose behalf a stream is open: a rep, or a program with an admin's rights."""

    workspace: Workspace
    rep: Rep | None

    @property
    def is_admin(self) -> bool:
        """Whether it has an admin's rights."""
        return self.rep is None or self.rep.role is Role.ADMIN

    def continues(self, first: "Right") -> bool:
        """Whether this is the same workspace and rep, with no fewer rights."""
        is_same = self.workspace.id == first.workspace.id and (self.rep and self.rep.id) == (first.rep and first.rep.id)
        return is_same and (self.is_admin or not first.is_admin)


Credential = Callable[[], Right | None]
"""Reads a key or a session anew; nothing once it no longer works. Raises PyMongoError."""


def of_key(deps: Deps, text: str) -> Credential:
    """The right of whoever has this API key."""

    def read() -> Right | None:
        key = keys.find(deps, text)
        workspace = deps.store.workspaces.find(key.workspace) if key else None
        if key is None or workspace is None:
            return None
        rep = deps.store.of(key.workspace).reps.find(key.rep) if key.rep else None
        return None if key.rep and (rep is None or not rep.is_active) else Right(workspace, rep)

    return read


def of_session(deps: Deps, token: str) -> Credential:
    """The right of the browser with this session token. Reading it is no use of the session: it expires as if no stream were open."""

    def read() -> Right | None:
        found = sessions.look(deps, token)
        workspace = deps.store.workspaces.find(found[0].workspace) if found else None
        return Right(workspace, found[1]) if found and workspace else None

    return read


def check_of(deps: Deps, first: Right, credential: Credential, *, kinds: frozenset[str] = KINDS, own_alerts: bool = False) -> Check:
    """The check of a stream that was opened with the right `first`.

    The stream ends once the credential is gone, belongs to another workspace or rep, or has lost an admin's rights;
    the client may come back and is then answered by what it has. `own_alerts`: a browser shows its rep's alerts, and the
    team's, also to an admin.
    """

    def check() -> Sieve | None:
        now = credential()
        if now is None or not now.continues(first):
            return None
        return lambda messages: heard(deps, now, messages, kinds=kinds, own_alerts=own_alerts)

    return check


def heard(
    deps: Deps, right: Right, messages: Sequence[Message], *, kinds: frozenset[str] = KINDS, own_alerts: bool = False
) -> list[Message | None]:
    """Of each message what may be heard of it.

    A rep who sees only own leads hears nothing of visitors without a lead, of leads owned by others, or of others' alerts.
    """
    is_narrowed = not sees_all(right.workspace, right.rep)
    wanted = {_lead(message) for message in messages} - {""} if is_narrowed else set()
    leads = deps.store.of(right.workspace.id).leads.by_ids(wanted)
    me = right.rep.id if right.rep else None

    def may_hear(message: Message) -> bool:
        kind, data = message[1], message[2]
        if kind not in kinds:
            return False
        if kind == "alert" and (is_narrowed or own_alerts) and data.get("rep") not in (me, None):
            return False
        if not is_narrowed or kind not in ("presence", "event", "alert"):
            return True
        if kind == "alert" and not _lead(message):
            return True
        lead = leads.get(_lead(message))
        return lead is not None and may_see(right.workspace, right.rep, lead)

    return [message if may_hear(message) else None for message in messages]


def _lead(message: Message) -> str:
    lead = message[2].get("lead")
    return lead if isinstance(lead, str) else ""
