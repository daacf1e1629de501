"""API keys: shown once at creation, stored as a hash."""

from datetime import timedelta

from tracker.actions import checks
from tracker.actions.deps import Deps
from tracker.actions.team import rights_changes
from tracker.actions.team.secrets import hash_of, new_secret
from tracker.base.errors import NotFound
from tracker.base.ids import new_id
from tracker.domain.team.api_key import ApiKey

PREFIX = "ll_"
_TOUCH = timedelta(minutes=5)
_LONGEST = 200


def new_key(deps: Deps, workspace: str, *, name: str = "API", rep: str | None = None) -> tuple[ApiKey, str]:
    """Creates a key; returns it and its text. It has the rights of `rep`, or of an admin if None."""
    deps.store.workspaces.get(workspace)
    if rep is not None:
        deps.store.of(workspace).reps.get(rep)
    text = new_secret(PREFIX)
    key = ApiKey(
        id=new_id(),
        workspace=workspace,
        rep=rep,
        name=checks.line("name", name, longest=80),
        hash=hash_of(text),
        hint=text[-4:],
        created_at=deps.now(),
    )
    return deps.store.keys.add(key), text


def find(deps: Deps, text: str) -> ApiKey | None:
    """The key with this text, or None; records its use every few minutes."""
    if not text.startswith(PREFIX) or len(text) > _LONGEST:
        return None
    key, now = deps.store.keys.find(hash_of(text)), deps.now()
    if key and (key.used_at is None or now - key.used_at > _TOUCH):
        deps.store.keys.used(key.id, now)
    return key


def remove_key(deps: Deps, workspace: str, key: str) -> None:
    """Removes a key and ends its open streams. Raises NotFound."""
    if not deps.store.keys.remove(workspace, key):
        raise NotFound("no such key")
    rights_changes.changed(deps, workspace)
