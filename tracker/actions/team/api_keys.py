"""API keys: shown once at creation, stored as a hash."""

from datetime import timedelta

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.team import rights_changes
from tracker.actions.team.secrets import hash_of, new_secret
from tracker.base.errors import Invalid, NotFound
from tracker.base.ids import new_id
from tracker.domain.team.api_key import ApiKey, KeyScope

PREFIX = "ll_"
_TOUCH = timedelta(minutes=5)
_LONGEST = 200
_LONGEST_LIFE = 3650


def new_key(
    deps: Deps,
    workspace: str,
    *,
    name: str = "API",
    rep: str | None = None,
    scope: KeyScope | str = KeyScope.ADMIN,
    days: int | None = None,
    made_by: str = "",
) -> tuple[ApiKey, str]:
    """Creates a key; returns it and its text. It has the rights of `rep`, or of the workspace if None, within its scope.

    `days` until it expires; None: never. `made_by` is a name. Raises Invalid, NotFound.
    """
    deps.store.workspaces.get(workspace)
    if rep is not None:
        deps.store.of(workspace).reps.get(rep)
    if days is not None and not 1 <= days <= _LONGEST_LIFE:
        raise Invalid("days", f"must be from 1 to {_LONGEST_LIFE:,}, or empty for a key that does not expire")
    text = new_secret(PREFIX)
    key = ApiKey(
        id=new_id(),
        workspace=workspace,
        rep=rep,
        name=checks.line("name", name, longest=80),
        hash=hash_of(text),
        hint=text[-4:],
        scope=KeyScope(checks.one_of("scope", str(scope), tuple(KeyScope))),
        created_at=deps.now(),
        made_by=made_by,
        expires_at=deps.now() + timedelta(days=days) if days else None,
    )
    return deps.store.keys.add(key), text


def find(deps: Deps, text: str) -> ApiKey | None:
    """The key with this text, or None for one that expired too; records its use every few minutes."""
    if not text.startswith(PREFIX) or len(text) > _LONGEST:
        return None
    key, now = deps.store.keys.find(hash_of(text)), deps.now()
    if key and key.expires_at and key.expires_at <= now:
        return None
    if key and (key.used_at is None or now - key.used_at > _TOUCH):
        deps.store.keys.used(key.id, now)
    return key


def remove_key(deps: Deps, workspace: str, key: str) -> None:
    """Removes a key and ends its open streams. Raises NotFound."""
    if not deps.store.keys.remove(workspace, key):
        raise NotFound("no such key")
    rights_changes.changed(deps, workspace)
